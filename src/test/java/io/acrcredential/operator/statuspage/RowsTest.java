// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static io.acrcredential.operator.statuspage.Statuses.NOW;
import static io.acrcredential.operator.statuspage.Statuses.condition;
import static io.acrcredential.operator.statuspage.Statuses.failed;
import static io.acrcredential.operator.statuspage.Statuses.fresh;
import static io.acrcredential.operator.statuspage.Statuses.policy;
import static io.acrcredential.operator.statuspage.Statuses.registry;
import static io.acrcredential.operator.statuspage.Statuses.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies and registries, as read from statuses. */
class RowsTest {

  @Test
  void aRegistryIsOneRowForAllItsPolicies() {
    // when
    List<RegistryRow> rows =
        RegistryRow.of(
            List.of(
                policy("a", registry("cri-a", State.Suspended, 40, null)),
                policy("b", fresh("cri-a", 40), fresh("cri-a", 40)),
                policy("c", fresh("cri-c", 20))));

    // then
    assertThat(rows).extracting(RegistryRow::instance).containsExactly("cri-c", "cri-a");
    assertThat(rows.get(1).policies()).containsExactly("a", "b");
    assertThat(rows.get(1).state()).as("that of the policy that uses it").isEqualTo(State.Fresh);
  }

  @Test
  void theRegistryThatExpiresFirstComesFirst() {
    // when
    List<RegistryRow> rows =
        RegistryRow.of(
            List.of(
                policy(
                    "a",
                    registry("cri-suspended", State.Suspended, null, null),
                    fresh("cri-late", 50),
                    fresh("cri-soon", 10),
                    failed("cri-failed", "Timeout", "", ""))));

    // then
    assertThat(rows)
        .extracting(RegistryRow::instance)
        .containsExactly("cri-failed", "cri-soon", "cri-late", "cri-suspended");
  }

  @Test
  void knowsWhichShareOfALifetimeIsLeft() {
    // given
    RegistryRow row = new RegistryRow(fresh("cri-a", 15), List.of("a"));

    // then
    assertThat(row.share(NOW)).isCloseTo(0.25, within(0.001));
    assertThat(row.left(NOW.plus(Duration.ofHours(1)))).contains(Duration.ZERO);
    assertThat(row.share(NOW.plus(Duration.ofHours(1)))).isZero();
    assertThat(row.share(NOW.minus(Duration.ofHours(9)))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "True,    Ready,                   OK",
    "False,   AccessDenied,            BAD",
    "Unknown, Binding,                 WARNING",
    "False,   Suspended,               OFF",
    "False,   CredentialHelperRunning, OFF",
  })
  void aPolicyIsAsGoodAsItsConditionReady(String status, String reason, Level level) {
    assertThat(policy("a", condition("Ready", status, reason, "")).level()).isEqualTo(level);
  }

  @Test
  void aPolicyThatIsReadyMayHaveAProblem() {
    // given
    PolicyRow row =
        new PolicyRow(
            "a",
            status(
                List.of(
                    condition("Ready", "True", "Ready", ""),
                    condition("Stalled", "False", "Ready", ""),
                    condition("Accepted", "False", "EmailDiffers", "why"))));

    // then
    assertThat(row.level()).isEqualTo(Level.WARNING);
    assertThat(row.problem().orElseThrow().getReason()).isEqualTo("EmailDiffers");
  }

  /** Whoever may write the status of a policy may write this. */
  @Test
  void survivesAStatusThatNobodyWouldWrite() {
    // given
    RegistryStatus odd =
        new RegistryStatus(
            null, null, null, null, null, "soon", "2026-01-01", "x".repeat(99), null, null, null);
    PolicyRow row = new PolicyRow("a", status(List.of(), odd));

    // when
    RegistryRow registry = RegistryRow.of(List.of(row, new PolicyRow("b", null))).get(0);

    // then
    assertThat(row.level()).isEqualTo(Level.WARNING);
    assertThat(registry.expiresAt()).isEmpty();
    assertThat(registry.share(NOW)).isZero();
    assertThat(registry.level()).isEqualTo(Level.WARNING);
  }
}
