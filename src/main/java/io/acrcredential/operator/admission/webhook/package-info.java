/**
 * The admission webhook, for clusters that do not serve MutatingAdmissionPolicy: the HTTPS server
 * that adds the entry to ServiceAccounts and pods, and its self-made certificate.
 */
package io.acrcredential.operator.admission.webhook;
