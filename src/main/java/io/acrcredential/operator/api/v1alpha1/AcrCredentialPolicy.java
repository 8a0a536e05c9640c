package io.acrcredential.operator.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Which registries' pull tokens go to which ServiceAccounts. Cluster-scoped: only cluster admins
 * may bind other people's ServiceAccounts and spend the configured identities.
 */
@Group(AcrCredentialPolicy.GROUP)
@Version("v1alpha1")
@Plural("acrcredentialpolicies")
@ShortNames("acrpol")
@Categories("acr")
public class AcrCredentialPolicy
    extends CustomResource<AcrCredentialPolicySpec, AcrCredentialPolicyStatus> {

  /** The API group of the resource, its labels and its annotations. */
  public static final String GROUP = "acrcredential.io";

  /** Keeps a deleted policy until everything that exists because of it is removed. */
  public static final String FINALIZER = GROUP + "/cleanup";

  /** Any new value of this annotation fetches new tokens and lists the domains again. */
  public static final String REFRESH_REQUESTED_AT = GROUP + "/refresh-requested-at";
}
