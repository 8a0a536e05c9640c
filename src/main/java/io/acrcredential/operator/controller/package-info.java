/** The reconciler of policies: what a changed policy sets in motion, and the policy's status. */
package io.acrcredential.operator.controller;
