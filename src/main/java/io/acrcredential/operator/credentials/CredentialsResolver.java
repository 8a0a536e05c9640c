package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.EcsMetadata;
import io.acrcredential.operator.alibabacloud.StsOperations;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** {@link Identity} → {@link Credentials}. */
public final class CredentialsResolver {

  /**
   * What the last role of a chain is limited to, where nobody says otherwise: DESIGN section 5. A
   * token can do all that its identity can.
   */
  static final String PULL_ONLY =
      "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
          + "\"cr:GetAuthorizationToken\",\"cr:ListInstanceEndpoint\",\"cr:PullRepository\"],"
          + "\"Resource\":[\"*\"]}]}";

  private final CredentialSecretCache secrets;
  private final String namespace;
  private final DefaultCredentialsProvider own;
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
    this.rrsa = new RrsaCredentialsProvider(sts, environment);
    this.own =
        new DefaultCredentialsProvider(
            secrets,
            namespace,
            List.of(
                new EnvironmentCredentialsProvider(environment),
                rrsa.environmentProvider(),
                new TokenFileCredentialsProvider(tokenFile),
                new EcsRamRoleCredentialsProvider(metadata)));
  }

  /** The Secrets to watch for this identity. */
  public List<Name> secretsOf(Identity identity) {
    if (identity instanceof KeySecret ref) {
      return List.of(secret(ref).name());
    }
    if (identity instanceof Identity.Role role) {
      return secretsOf(role.from());
    }
    return identity instanceof Identity.Own ? own.secrets() : List.of();
  }

  /** For people: which kind of identity is used, never a value. */
  public String describe(Identity identity) {
    if (identity instanceof Identity.Role role) {
      return "role " + role.roleArn() + " by " + describe(role.from());
    }
    return identity instanceof Identity.Own ? own.describe() : identity.describe();
  }

  /**
   * Tells the key that would ask now from another, without asking anybody; empty where there is
   * none.
   */
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
        ? own.current().fingerprint()
        : Fingerprint.of(identity.toString());
  }

  private SecretCredentialsProvider secret(KeySecret ref) {
    return new SecretCredentialsProvider(secrets, namespace, ref);
  }

  /**
   * For one batch of fetches: what is requested in it is requested once, and nothing is kept for
   * the next.
   */
  public Batch newBatch() {
    return new Batch();
  }

  /**
   * The credentials of one batch. A token got with temporary credentials dies with them, so every
   * batch takes fresh ones.
   */
  public final class Batch {

    private final Map<Step, Uni<Credentials>> requested = new HashMap<>();

    private Batch() {}

    /** Fails with an {@link AlibabaCloudException} that says what is missing and how to mend it. */
    public Uni<Credentials> get(Identity identity) {
      return getOnce(Step.of(identity, true));
    }

    private synchronized Uni<Credentials> getOnce(Step step) {
      Uni<Credentials> known = requested.get(step);
      if (known == null) {
        known = request(step).memoize().indefinitely();
        requested.put(step, known);
      }
      return known;
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
          .deferred(() -> step.identity() instanceof KeySecret ref ? secret(ref).get() : own.get());
    }
  }

  /** An identity, and whether we limit it: an own key is the same with other roles behind it. */
  private record Step(Identity identity, boolean pullOnly) {

    /**
     * @param last whether no other role is taken from it, so that it may be limited
     */
    static Step of(Identity identity, boolean last) {
      boolean open =
          identity instanceof Identity.Oidc
              || identity instanceof Identity.Role role && role.sessionPolicy() == null;
      return new Step(identity, last && open);
    }
  }
}
