// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.ValueFormat;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * Assumes roles with the token of the operator's own ServiceAccount (RRSA). Reads the token for
 * each call, because kubelet rotates it.
 */
final class RrsaCredentialsProvider {

  private static final String ROLE = "ALIBABA_CLOUD_ROLE_ARN";
  private static final String PROVIDER = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
  private static final String FILE = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";

  /** Where ack-pod-identity-webhook mounts the token. */
  private static final String DEFAULT_FILE =
      "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";

  private static final String ADVICE =
      "Enable RRSA for the cluster, mount a projected token with audience sts.aliyuncs.com there,"
          + " and restart the pod.";

  /** The limit of STS for the parameter OIDCToken, in characters. */
  private static final int LONGEST_TOKEN = 20_000;

  private final StsOperations sts;
  private final Function<String, Optional<String>> environment;

  RrsaCredentialsProvider(StsOperations sts, Function<String, Optional<String>> environment) {
    this.sts = sts;
    this.environment = environment;
  }

  /** The role that the environment names, as ack-pod-identity-webhook sets it. */
  CredentialsProvider environmentProvider() {
    return new CredentialsProvider() {
      @Override
      public String description() {
        return "RRSA role of the environment";
      }

      @Override
      public boolean isConfigured() {
        return environment.apply(ROLE).isPresent() && environment.apply(PROVIDER).isPresent();
      }

      @Override
      public String fingerprint() {
        return Fingerprint.of(role().toString());
      }

      @Override
      public Uni<Credentials> get() {
        // No session policy, because the role may have to assume other roles.
        return RrsaCredentialsProvider.this.get(role(), null);
      }

      private Identity.Oidc role() {
        return new Identity.Oidc(
            environment.apply(ROLE).orElseThrow(),
            environment.apply(PROVIDER).orElseThrow(),
            Identity.Role.DEFAULT_DURATION_SECONDS);
      }
    };
  }

  /**
   * The role's credentials.
   *
   * @param sessionPolicy limits the session further; null = all permissions of the role
   */
  Uni<Credentials> get(Identity.Oidc role, String sessionPolicy) {
    return Uni.createFrom()
        .item(this::token)
        .runSubscriptionOn(Infrastructure.getDefaultExecutor())
        .chain(token -> sts.assumeRoleWithOidc(role, sessionName(), sessionPolicy, token))
        .map(key -> new Credentials(key.key(), account(role.roleArn()), key.expiresAt()));
  }

  private String sessionName() {
    String name =
        new SdkEnvironment(environment)
            .roleSessionName()
            .orElse(Identity.Role.DEFAULT_SESSION_NAME);
    if (!ValueFormat.SESSION_NAME.matches(name)) {
      throw new AlibabaCloudException(
          Reason.CredentialsMissing,
          "CredentialsMalformed",
          "The environment variable "
              + SdkEnvironment.ROLE_SESSION_NAME
              + " is not a session name of a role",
          "Set it to 2 to 64 letters, digits and the characters . @ - _, or remove it.",
          "");
    }
    return name;
  }

  /** The account of {@code acs:ram::<account>:role/<name>}. */
  static String account(String roleArn) {
    String[] parts = roleArn.split(":");
    return parts.length > 3 ? parts[3] : roleArn;
  }

  private SensitiveString token() {
    String file = environment.apply(FILE).orElse(DEFAULT_FILE);
    try {
      Path path = Path.of(file);
      if (Files.size(path) > LONGEST_TOKEN) {
        throw missing("The ServiceAccount token in " + file + " is longer than STS accepts");
      }
      String token = Files.readString(path, UTF_8).strip();
      if (token.isEmpty()) {
        throw missing("The ServiceAccount token " + file + " is empty");
      }
      return SensitiveString.of(
          CredentialValidator.requireValid(token, "The ServiceAccount token " + file, ADVICE));
    } catch (IOException | InvalidPathException e) {
      throw missing("The ServiceAccount token " + file + " can't be read");
    }
  }

  private static AlibabaCloudException missing(String message) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing, "OidcTokenMissing", message, ADVICE, "");
  }
}
