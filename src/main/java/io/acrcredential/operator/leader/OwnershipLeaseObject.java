// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;

/**
 * Reads, writes and deletes the Lease of {@link OwnershipLease} in the cluster. All methods throw
 * {@link KubernetesClientException} if the API server refuses or does not answer.
 */
final class OwnershipLeaseObject {

  private final KubernetesClient client;
  private final String name;
  private final String installation;

  /**
   * @param installation the credentials namespace, which is the holder and the owner of the object
   */
  OwnershipLeaseObject(KubernetesClient client, String name, String installation) {
    this.client = client;
    this.name = name;
    this.installation = installation;
  }

  /** The Lease; null = it does not exist. */
  Lease read() {
    return client.leases().inNamespace(OwnershipLease.NAMESPACE).withName(name).get();
  }

  /**
   * Takes or renews the Lease. A PUT of the whole object fails with a conflict if another
   * installation wrote it meanwhile.
   *
   * @param current the version to replace; null = the Lease does not exist
   * @param duration how long this installation holds the Lease without a renewal
   */
  Lease write(Lease current, Duration duration, Instant time) {
    ZonedDateTime now = ZonedDateTime.ofInstant(time, ZoneOffset.UTC);
    boolean isRenewal =
        current != null
            && current.getSpec() != null
            && installation.equals(current.getSpec().getHolderIdentity());
    LeaseBuilder lease = current == null ? new LeaseBuilder() : new LeaseBuilder(current);
    lease
        .editOrNewMetadata()
        .withName(name)
        .withNamespace(OwnershipLease.NAMESPACE)
        .endMetadata()
        .editOrNewSpec()
        .withHolderIdentity(installation)
        .withLeaseDurationSeconds((int) duration.toSeconds())
        .withRenewTime(now)
        .endSpec();
    if (!isRenewal) {
      lease
          .editMetadata()
          .withOwnerReferences(ownerReferences())
          .endMetadata()
          .editSpec()
          .withAcquireTime(now)
          .endSpec();
    }
    Resource<Lease> resource =
        client.leases().inNamespace(OwnershipLease.NAMESPACE).resource(lease.build());
    return current == null ? resource.create() : resource.update();
  }

  /**
   * Empty if RBAC does not permit reading the namespace, as for cleanup, which deletes the Lease.
   */
  private List<OwnerReference> ownerReferences() {
    Namespace namespace;
    try {
      namespace = client.namespaces().withName(installation).get();
    } catch (KubernetesClientException e) {
      return List.of();
    }
    return namespace == null
        ? List.of()
        : List.of(
            new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Namespace")
                .withName(installation)
                .withUid(namespace.getMetadata().getUid())
                .build());
  }

  /** Deletes this version of the Lease, and no later one. */
  void delete(Lease current) {
    client
        .leases()
        .inNamespace(OwnershipLease.NAMESPACE)
        .resource(current)
        .lockResourceVersion(current.getMetadata().getResourceVersion())
        .delete();
  }
}
