package io.acrcredential.operator.testkit.simulator;

/** An AccessKey pair of an account's RAM user. */
record AccessKey(String id, String secret, SimAccount account, boolean active) {

  @Override
  public String toString() {
    return "AccessKey[" + id + "]";
  }
}
