/**
 * Turns exceptions and texts of other parties into text that is safe to show in status, Events and
 * the log: without secrets, on one line, of limited length. Recognizes misspelled names.
 */
package io.acrcredential.operator.text;
