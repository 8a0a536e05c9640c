// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Records Events on the policies and on the Lease of this installation which report that another
 * installation owns the pull Secrets.
 */
final class OwnershipRefusalEvents {

  private static final Logger LOG = Logger.getLogger(OwnershipRefusalEvents.class);
  private static final long MAX_POLICIES = 100;

  private final KubernetesClient client;
  private final String namespace;
  private final EventRecorder events;

  /**
   * @param namespace of the Lease
   */
  OwnershipRefusalEvents(KubernetesClient client, String namespace, EventRecorder events) {
    this.client = client;
    this.namespace = namespace;
    this.events = events;
  }

  /** Writes the Events at once: the workers are not started yet. */
  void publish(String why) {
    try {
      for (ObjectReference regarding : regarding()) {
        events.publish(
            new EventRecorder.EventNote(regarding, "Warning", Reason.AnotherOperator.name(), why));
      }
    } catch (KubernetesClientException | WriteFence.NotLeadingException e) {
      LOG.warnf("Cannot write the Events about the other operator: %s", ExceptionText.of(e));
    }
  }

  private List<ObjectReference> regarding() {
    List<ObjectReference> regarding = new ArrayList<>();
    Lease lease = client.leases().inNamespace(namespace).withName(LeaderElection.NAME).get();
    if (lease != null) {
      regarding.add(reference(lease));
    }
    client
        .resources(AcrCredentialPolicy.class)
        .list(new ListOptionsBuilder().withLimit(MAX_POLICIES).build())
        .getItems()
        .forEach(policy -> regarding.add(reference(policy)));
    return regarding;
  }

  private static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .build();
  }
}
