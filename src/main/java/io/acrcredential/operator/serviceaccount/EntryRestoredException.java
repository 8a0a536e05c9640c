// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import io.acrcredential.operator.text.SanitizedMessage;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Admission added the entry again in the very request that removed it. */
public final class EntryRestoredException extends KubernetesClientException
    implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  EntryRestoredException(String namespace, String name) {
    super(
        ("an admission policy added the entry of ServiceAccount %s/%s again: delete the"
                + " MutatingAdmissionPolicy, or name this user in it")
            .formatted(namespace, name));
  }
}
