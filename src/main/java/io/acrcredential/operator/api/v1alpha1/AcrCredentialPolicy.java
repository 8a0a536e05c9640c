// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Gives ServiceAccounts access to ACR registries. It is cluster-scoped, because it binds
 * ServiceAccounts in any namespace and uses the configured identities
 * (docs/adr/0005-cluster-scoped-policy.md).
 */
@Group(AcrCredentialPolicy.GROUP)
@Version("v1alpha1")
@Plural("acrcredentialpolicies")
@ShortNames("acrpol")
@Categories("acr")
public class AcrCredentialPolicy
    extends CustomResource<AcrCredentialPolicySpec, AcrCredentialPolicyStatus> {

  /** The API group of the resource, and the prefix of its labels and annotations. */
  public static final String GROUP = "acrcredential.io";

  /** Keeps a deleted policy until everything that exists because of it is removed. */
  public static final String FINALIZER = GROUP + "/cleanup";

  /** Annotation: a new value makes the operator fetch new tokens and list the domains again. */
  public static final String REFRESH_REQUESTED_AT = GROUP + "/refresh-requested-at";
}
