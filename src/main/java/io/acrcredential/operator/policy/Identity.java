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
}
