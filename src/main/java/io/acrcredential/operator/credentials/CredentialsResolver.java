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
                rrsa.ofEnvironment(),
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
      return Optional.of(toldApart(identity));
    } catch (AlibabaCloudException e) {
      return Optional.empty();
    }
  }

  private String toldApart(Identity identity) {
    if (identity instanceof KeySecret ref) {
      return secret(ref).fingerprint();
    }
    if (identity instanceof Identity.Role role) {
      return Fingerprint.of(role + toldApart(role.from()));
    }
    return identity instanceof Identity.Own
        ? own.current().fingerprint()
        : Fingerprint.of(identity.toString());
  }

  private SecretCredentialsProvider secret(KeySecret ref) {
    return new SecretCredentialsProvider(secrets, namespace, ref);
  }

  /**
   * For one wave of fetches: what is asked in it is asked once, and nothing is kept for the next.
   */
  public Batch newBatch() {
    return new Batch();
  }

  /**
   * The credentials of one wave. A token got with temporary credentials dies with them, so every
   * wave takes fresh ones.
   */
  public final class Batch {

    private final Map<Hop, Uni<Credentials>> asked = new HashMap<>();

    private Batch() {}

    /** Fails with an {@link AlibabaCloudException} that says what is missing and how to mend it. */
    public Uni<Credentials> of(Identity identity) {
      return once(Hop.of(identity, true));
    }

    private synchronized Uni<Credentials> once(Hop hop) {
      Uni<Credentials> known = asked.get(hop);
      if (known == null) {
        known = ask(hop).memoize().indefinitely();
        asked.put(hop, known);
      }
      return known;
    }

    private Uni<Credentials> ask(Hop hop) {
      if (hop.identity() instanceof Identity.Role role) {
        String policy = hop.pullOnly() ? PULL_ONLY : role.sessionPolicy();
        return once(Hop.of(role.from(), false))
            .chain(by -> sts.assumeRole(role, policy, by.key()))
            .map(
                key ->
                    new Credentials(
                        key.key(),
                        RrsaCredentialsProvider.account(role.roleArn()),
                        key.expiresAt()));
      }
      if (hop.identity() instanceof Identity.Oidc role) {
        return rrsa.get(role, hop.pullOnly() ? PULL_ONLY : null);
      }
      return Uni.createFrom()
          .deferred(() -> hop.identity() instanceof KeySecret ref ? secret(ref).get() : own.get());
    }
  }

  /** An identity, and whether we limit it: an own key is the same with other roles behind it. */
  private record Hop(Identity identity, boolean pullOnly) {

    /**
     * @param last whether no other role is taken from it, so that it may be limited
     */
    static Hop of(Identity identity, boolean last) {
      boolean open =
          identity instanceof Identity.Oidc
              || identity instanceof Identity.Role role && role.sessionPolicy() == null;
      return new Hop(identity, last && open);
    }
  }
}
