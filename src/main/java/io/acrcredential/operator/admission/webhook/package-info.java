/**
 * The admission webhook, for clusters that do not serve MutatingAdmissionPolicy: the HTTPS server
 * that adds the entry to ServiceAccounts and pods.
 */
package io.acrcredential.operator.admission.webhook;
