// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import java.util.Objects;

/** The identity that requests a token from ACR. It names credentials and never contains them. */
public sealed interface Identity {

  /** The operator's own identity. */
  Identity OWN = new Own();

  /** The kind and the name for status and log, never a secret value. */
  String describe();

  /** The operator's own identity: the first configured source of credentials. */
  record Own() implements Identity {
    @Override
    public String describe() {
      return "the operator's own identity";
    }
  }

  /** An AccessKey pair in a Secret of the credentials namespace. */
  record KeySecret(String name, String accessKeyIdKey, String accessKeySecretKey)
      implements Identity {

    /** The key names that Alibaba Cloud's add-ons use in {@code alibaba-addon-secret}. */
    public static final String DEFAULT_ID_KEY = "access-key-id";

    /** Key of the AccessKey Secret, see {@link #DEFAULT_ID_KEY}. */
    public static final String DEFAULT_SECRET_KEY = "access-key-secret";

    /** Uses the default for a key name that is null. */
    public KeySecret {
      Objects.requireNonNull(name);
      accessKeyIdKey = accessKeyIdKey == null ? DEFAULT_ID_KEY : accessKeyIdKey;
      accessKeySecretKey = accessKeySecretKey == null ? DEFAULT_SECRET_KEY : accessKeySecretKey;
    }

    @Override
    public String describe() {
      return "AccessKey in Secret " + name;
    }
  }

  /**
   * A RAM role assumed with the token of the operator's own ServiceAccount (RRSA).
   *
   * @param durationSeconds 900 to 43200, at most what the role allows
   */
  record Oidc(String roleArn, String providerArn, int durationSeconds) implements Identity {
    @Override
    public String describe() {
      return "RRSA role " + roleArn;
    }
  }

  /**
   * A RAM role assumed by another identity, usually a role of another account.
   *
   * @param externalId null = none
   * @param sessionName shown in the other account's ActionTrail
   * @param durationSeconds 900 to 43200, at most what the role allows
   * @param sessionPolicy a RAM policy that restricts the session; null = the three pull actions
   */
  record Role(
      Identity from,
      String roleArn,
      String externalId,
      String sessionName,
      int durationSeconds,
      String sessionPolicy)
      implements Identity {

    /** The default of STS, which every role allows. */
    public static final int DEFAULT_DURATION_SECONDS = 3600;

    /** The session name if the policy does not set one. */
    public static final String DEFAULT_SESSION_NAME = "acr-credential-operator";

    @Override
    public String describe() {
      return "role " + roleArn + " by " + from.describe();
    }
  }
}
