/**
 * The JOSDK reconciler of policies: applies a changed policy to the index, the work queue and the
 * token service, and computes the policy's status and conditions.
 */
package io.acrcredential.operator.controller;
