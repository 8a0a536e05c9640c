// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.ImageName;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.EventFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What kubelet and the container runtime say about a failed pull: in the status, and in Events. */
enum PullFailure {
  /** Kubelet cannot decode a listed Secret: it says so in the reason alone. */
  UNDECODABLE(),
  UNREACHABLE(
      "no such host",
      "i/o timeout",
      "connection refused",
      "no route to host",
      "context deadline exceeded",
      "client.timeout exceeded",
      "tls handshake timeout",
      "network is unreachable",
      "connection reset",
      "server misbehaving"),
  REFUSED(
      "insufficient_scope",
      "unauthorized",
      "pull access denied",
      "requested access to the resource is denied",
      "403 forbidden"),
  NOT_FOUND("not found", "manifest unknown", "name unknown", "invalidimagename"),
  OTHER();

  private final List<String> phrases;

  PullFailure(String... phrases) {
    this.phrases = List.of(phrases);
  }

  /** Why the pod's images cannot be pulled; the more specific cause first. */
  static PullFailure of(PodFacts pod) {
    if (pod.containers().stream().anyMatch(ContainerFacts::isSecretUnreadable)) {
      return UNDECODABLE;
    }
    List<String> messages = messages(pod).map(text -> text.toLowerCase(Locale.ROOT)).toList();
    return Stream.of(values())
        .filter(
            kind ->
                kind.phrases.stream()
                    .anyMatch(phrase -> messages.stream().anyMatch(text -> text.contains(phrase))))
        .findFirst()
        .orElse(OTHER);
  }

  /** The messages of waiting containers, then those of Events. */
  static Stream<String> messages(PodFacts pod) {
    return Stream.concat(
        pod.containers().stream()
            .filter(ContainerFacts::isPullFailing)
            .map(container -> container.waitingFor() + " " + container.message()),
        pod.events().stream().map(EventFacts::message));
  }

  /** What the runtime says about a host that does not answer; empty if it says nothing. */
  static Optional<String> unreachable(Facts facts, ImageName image) {
    return facts.pod().stream()
        .flatMap(PullFailure::messages)
        .filter(text -> text.contains(image.host().replaceFirst(":\\d+$", "")))
        .flatMap(
            text ->
                UNREACHABLE.phrases.stream()
                    .filter(phrase -> text.toLowerCase(Locale.ROOT).contains(phrase)))
        .findFirst();
  }
}
