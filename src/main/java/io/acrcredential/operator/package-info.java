/**
 * Packages are rooms along the way of a token: {@code policy} and {@code legacy} say what is
 * wanted, {@code credentials} whose identity asks, {@code openapi} how ACR is asked, {@code token}
 * when, {@code pullsecret} and {@code binding} what is written, and {@code operator} sees them all.
 */
package io.acrcredential.operator;
