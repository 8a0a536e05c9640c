package io.acrcredential.operator.policy;

import java.util.Objects;

/** Whose AccessKey asks ACR for a token: a name for it, never the key itself. */
public sealed interface Identity {

  /** The operator's own identity. */
  Identity OWN = new Own();

  /** For people: the kind and the name, never a value. */
  String describe();

  /** The operator's own identity, the first that is configured. */
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

    /** The secret's counterpart of {@link #DEFAULT_ID_KEY}. */
    public static final String DEFAULT_SECRET_KEY = "access-key-secret";

    /** A null key name means the default. */
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
   * A role taken with the token of the operator's own ServiceAccount: RRSA.
   *
   * @param durationSeconds 900 to 43200, and not above what the role allows
   */
  record Oidc(String roleArn, String providerArn, int durationSeconds) implements Identity {
    @Override
    public String describe() {
      return "RRSA role " + roleArn;
    }
  }

  /**
   * A role taken by another identity; the usual way into another account.
   *
   * @param externalId null = none
   * @param sessionName shows in the other account's ActionTrail
   * @param durationSeconds 900 to 43200, and not above what the role allows
   * @param sessionPolicy limits what the session may do; null = the three pull actions
   */
  record Role(
      Identity from,
      String roleArn,
      String externalId,
      String sessionName,
      int durationSeconds,
      String sessionPolicy)
      implements Identity {

    /** STS' own default, which every role allows. */
    public static final int DEFAULT_DURATION_SECONDS = 3600;

    /** What a session is called where nobody named it. */
    public static final String DEFAULT_SESSION_NAME = "acr-credential-operator";

    @Override
    public String describe() {
      return "role " + roleArn + " by " + from.describe();
    }
  }
}
