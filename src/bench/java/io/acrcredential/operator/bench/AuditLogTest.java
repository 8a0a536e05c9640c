// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.bench.AuditLog.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {

  @TempDir Path folder;

  @Test
  void countsOnlyRequestsOfTheOperator() throws IOException {
    AuditLog audit = audit();
    append(line("acr-operator", "x", "patch", "serviceaccounts", "sa", 200));
    append(line("acr-operator", "x", "patch", "serviceaccounts", "sa", 409));
    append(line("acr-operator", "x", "update", "secrets", "acr-credential-state-3", 200));
    append(line("acr-operator", "x", "patch", "leases", "l", 200));
    append(line("admin", "kubectl", "patch", "serviceaccounts", "sa", 200));
    append(line("admin", "acr-bench-bare-writer", "patch", "serviceaccounts", "sa", 200));

    List<Entry> all = audit.since(0);

    assertThat(all).hasSize(5);
    assertThat(AuditLog.counts(AuditLog.operators(all).stream()))
        .isEqualTo(
            Map.of(
                "patch serviceaccounts", 1L,
                "patch serviceaccounts -> 409", 1L,
                "update state secrets", 1L));
    assertThat(AuditLog.seconds(all)).isEqualTo(0.25);
  }

  @Test
  void readsIncompleteLineOnceItIsComplete() throws IOException {
    AuditLog audit = audit();
    String line = line("acr-operator", "x", "create", "secrets", "", 201);
    append(line.substring(0, 40));
    int mark = audit.mark();
    assertThat(mark).isZero();

    append(line.substring(40));

    assertThat(audit.since(mark)).singleElement().matches(entry -> entry.is("create", "secrets"));
    assertThat(audit.since(audit.mark())).isEmpty();
  }

  @Test
  void countsRequestsBeforeParsingThem() throws IOException {
    AuditLog audit = audit();
    append(line("acr-operator", "x", "create", "secrets", "", 201));
    int mark = audit.mark();
    append(line("acr-operator", "x", "patch", "secrets", "a", 200));
    append(line("admin", "kubectl", "patch", "secrets", "b", 200));

    assertThat(audit.mayContain(mark, 2)).isTrue();
    assertThat(audit.mayContain(mark, 3)).isFalse();

    // those of others count no more once they are read, and none is counted twice
    assertThat(audit.since(mark)).hasSize(1);
    assertThat(audit.mayContain(mark, 1)).isTrue();
    assertThat(audit.mayContain(mark, 2)).isFalse();
    append(line("acr-operator", "x", "patch", "secrets", "c", 200));
    assertThat(audit.mayContain(mark, 2)).isTrue();
  }

  private AuditLog audit() throws IOException {
    return new AuditLog(Files.createFile(folder.resolve("audit.log")));
  }

  private void append(String text) throws IOException {
    Files.writeString(folder.resolve("audit.log"), text, StandardOpenOption.APPEND);
  }

  private static String line(
      String user, String agent, String verb, String resource, String name, int code) {
    return """
    {"stage":"ResponseComplete","verb":"%s","user":{"username":"%s"},"userAgent":"%s",\
    "objectRef":{"resource":"%s","namespace":"n","name":"%s"},"responseStatus":{"code":%d},\
    "requestReceivedTimestamp":"2026-01-01T00:00:00.000000Z","stageTimestamp":"2026-01-01T00:00:00.250000Z"}
    """
        .formatted(verb, user, agent, resource, name, code);
  }
}
