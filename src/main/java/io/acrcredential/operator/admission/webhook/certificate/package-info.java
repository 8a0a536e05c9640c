// SPDX-License-Identifier: Apache-2.0
/** The certificate that the admission webhook makes for itself, and when it is replaced. */
package io.acrcredential.operator.admission.webhook.certificate;
