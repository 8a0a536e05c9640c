// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Resolves an {@link Identity} to {@link Credentials}. */
public final class CredentialsResolver {

  /**
   * The default session policy of the last role of a chain. A token has all permissions of the
   * identity that requested it, so the session is limited to pulling.
   */
  static final String PULL_ONLY =
      "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
          + "\"cr:GetAuthorizationToken\",\"cr:ListInstanceEndpoint\",\"cr:PullRepository\"],"
          + "\"Resource\":[\"*\"]}]}";

  private final CredentialSecretCache secrets;
  private final String namespace;
  private final DefaultCredentialsProvider defaultProvider;
  private final RrsaCredentialsProvider rrsa;
  private final StsOperations sts;

  /**
   * @param namespace the credentials namespace
   * @param environment the process' environment variables
   * @param tokenFile where managed ACK puts an add-on's credentials
   */
  public CredentialsResolver(
      CredentialSecretCache secrets,
      String namespace,
      Function<String, Optional<String>> environment,
      Path tokenFile,
      StsOperations sts,
      EcsMetadata metadata) {
    this.secrets = secrets;
    this.namespace = namespace;
    this.sts = sts;
    SdkEnvironment sdkEnvironment = new SdkEnvironment(environment);
    this.rrsa = new RrsaCredentialsProvider(sts, environment);
    this.defaultProvider =
        new DefaultCredentialsProvider(
            secrets,
            namespace,
            List.of(
                new EnvironmentCredentialsProvider(environment),
                rrsa.environmentProvider(),
                new TokenFileCredentialsProvider(tokenFile),
                new EcsRamRoleCredentialsProvider(metadata, sdkEnvironment)));
  }

  /** The Secrets to watch for this identity. */
  public List<Name> secretsOf(Identity identity) {
    if (identity instanceof KeySecret ref) {
      return List.of(secret(ref).name());
    }
    if (identity instanceof Identity.Role role) {
      return secretsOf(role.from());
    }
    return identity instanceof Identity.Own ? defaultProvider.secrets() : List.of();
  }

  /** The kind of identity in use, for status and log; contains no secret value. */
  public String describe(Identity identity) {
    if (identity instanceof Identity.Role role) {
      return "role " + role.roleArn() + " by " + describe(role.from());
    }
    return identity instanceof Identity.Own ? defaultProvider.describe() : identity.describe();
  }

  /** Identifies the key that would be used now, without a remote call; empty if there is none. */
  public Optional<String> fingerprint(Identity identity) {
    try {
      return Optional.of(requireFingerprint(identity));
    } catch (AlibabaCloudException e) {
      return Optional.empty();
    }
  }

  private String requireFingerprint(Identity identity) {
    if (identity instanceof KeySecret ref) {
      return secret(ref).fingerprint();
    }
    if (identity instanceof Identity.Role role) {
      return Fingerprint.of(role + requireFingerprint(role.from()));
    }
    return identity instanceof Identity.Own
        ? defaultProvider.current().fingerprint()
        : Fingerprint.of(identity.toString());
  }

  private SecretCredentialsProvider secret(KeySecret ref) {
    return new SecretCredentialsProvider(secrets, namespace, ref);
  }

  /**
   * Starts a batch of fetches. Each identity is resolved once per batch, and nothing is kept for
   * the next batch.
   */
  public Batch newBatch() {
    return new Batch();
  }

  /**
   * The credentials of one batch. A token expires with the temporary credentials that requested it,
   * so every batch requests fresh ones.
   */
  public final class Batch {

    private final Map<Step, Uni<Credentials>> requested = new HashMap<>();

    private Batch() {}

    /** Fails with an {@link AlibabaCloudException} that says what is missing and how to fix it. */
    public Uni<Credentials> get(Identity identity) {
      return getOnce(Step.of(identity, true));
    }

    private synchronized Uni<Credentials> getOnce(Step step) {
      Uni<Credentials> request = requested.get(step);
      if (request == null) {
        request = request(step).memoize().indefinitely();
        requested.put(step, request);
      }
      return request;
    }

    private Uni<Credentials> request(Step step) {
      if (step.identity() instanceof Identity.Role role) {
        String policy = step.pullOnly() ? PULL_ONLY : role.sessionPolicy();
        return getOnce(Step.of(role.from(), false))
            .chain(caller -> sts.assumeRole(role, policy, caller.key()))
            .map(
                key ->
                    new Credentials(
                        key.key(),
                        RrsaCredentialsProvider.account(role.roleArn()),
                        key.expiresAt()));
      }
      if (step.identity() instanceof Identity.Oidc role) {
        return rrsa.get(role, step.pullOnly() ? PULL_ONLY : null);
      }
      return Uni.createFrom()
          .deferred(
              () ->
                  step.identity() instanceof KeySecret ref
                      ? secret(ref).get()
                      : defaultProvider.get());
    }
  }

  /** An identity, and whether its session is limited to pulling. */
  private record Step(Identity identity, boolean pullOnly) {

    /**
     * @param last whether no other role is assumed from it, so that it can be limited
     */
    static Step of(Identity identity, boolean last) {
      boolean isUnrestricted =
          identity instanceof Identity.Oidc
              || identity instanceof Identity.Role role && role.sessionPolicy() == null;
      return new Step(identity, last && isUnrestricted);
    }
  }
}
