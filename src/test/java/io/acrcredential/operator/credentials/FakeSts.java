// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.StsOperations;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Gives a new key for every call, as STS does, and tells what it was asked. */
final class FakeSts implements StsOperations {

  static final Instant END = Instant.parse("2026-01-01T01:00:00Z");

  /** What was asked: {@code by} is an AccessKey id, or the ServiceAccount's token. */
  record Call(String roleArn, String policy, String by) {}

  final List<Call> calls = new CopyOnWriteArrayList<>();
  final List<Identity.Role> roles = new CopyOnWriteArrayList<>();

  /** Until it is completed nobody gets an answer; failed, everybody gets that. */
  volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  @Override
  public Uni<TemporaryCredentials> assumeRole(
      Identity.Role role, String sessionPolicy, AccessKey by) {
    roles.add(role);
    return answer(new Call(role.roleArn(), sessionPolicy, by.id()));
  }

  @Override
  public Uni<TemporaryCredentials> assumeRoleWithOidc(
      Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token) {
    return answer(new Call(role.roleArn(), sessionPolicy, token.reveal()));
  }

  private Uni<TemporaryCredentials> answer(Call call) {
    calls.add(call);
    String id = "STS." + calls.size();
    AccessKey key =
        new AccessKey(
            id, SensitiveString.of("secret-of-" + id), SensitiveString.of("token-of-" + id));
    return Uni.createFrom().completionStage(gate).replaceWith(new TemporaryCredentials(key, END));
  }
}
