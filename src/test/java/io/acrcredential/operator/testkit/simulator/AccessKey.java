// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

/**
 * An AccessKey pair, of an account's RAM user or of a role's session.
 *
 * @param session null for a RAM user's own
 */
record AccessKey(String id, String secret, SimAccount account, boolean active, Session session) {

  /** An AccessKey of the account's RAM user. */
  AccessKey(String id, String secret, SimAccount account, boolean active) {
    this(id, secret, account, active, null);
  }

  /** What the caller may do: for a session, what both its role and its policy allow. */
  boolean allows(String action) {
    return session == null
        ? account.grants().allows(action)
        : session.role().grants().allows(action) && session.policy().allows(action);
  }

  /** Whether a role's trust policy that names {@code principal} means this caller. */
  boolean is(String principal) {
    return principal.equals(account.uid())
        || principal.equals("acs:ram::" + account.uid() + ":root")
        || principal.equals(session == null ? userArn() : session.role().arn());
  }

  private String userArn() {
    return "acs:ram::" + account.uid() + ":user/" + SimAccount.USER;
  }

  @Override
  public String toString() {
    return "AccessKey[" + id + "]";
  }
}
