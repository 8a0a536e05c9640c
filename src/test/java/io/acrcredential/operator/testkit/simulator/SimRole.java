// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A RAM role: whom it trusts and what it may do. */
final class SimRole {

  private final String arn;
  private final SimAccount account;
  private final Grants grants = new Grants();
  private final Set<String> principals = ConcurrentHashMap.newKeySet();
  private final Set<String> subjects = ConcurrentHashMap.newKeySet();
  volatile String externalId = "";
  volatile Duration maxSessionDuration = Duration.ofHours(1);

  SimRole(String arn, SimAccount account) {
    this.arn = arn;
    this.account = account;
  }

  String arn() {
    return arn;
  }

  SimAccount account() {
    return account;
  }

  Grants grants() {
    return grants;
  }

  /** A caller's account (uid), or the ARN of its role or RAM user. */
  void trust(String principal) {
    principals.add(principal);
  }

  boolean trusts(AccessKey caller) {
    return principals.stream().anyMatch(caller::is);
  }

  /** A subject of an OIDC identity provider's. */
  void trustOidc(String providerArn, String subject) {
    subjects.add(providerArn + " " + subject);
  }

  boolean trustsOidc(String providerArn, String subject) {
    return subjects.contains(providerArn + " " + subject);
  }

  @Override
  public String toString() {
    return arn;
  }
}
