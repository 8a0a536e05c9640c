package io.acrcredential.operator.credentials;

import io.smallrye.mutiny.Uni;

/** One of the places in which the operator's own identity may be. */
interface CredentialsProvider {

  /** For people: which kind it is, never a value. */
  String description();

  /** Whether somebody has set it up: the first that is, is the one. */
  boolean isConfigured();

  /** Tells its key from others, without asking anybody. */
  String fingerprint();

  /** Asks it now. */
  Uni<Credentials> get();
}
