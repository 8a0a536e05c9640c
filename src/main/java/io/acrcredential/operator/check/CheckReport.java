// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.cli.Paragraph;
import io.acrcredential.operator.cli.Verdict;
import java.time.Instant;
import java.util.List;

/**
 * The result of a check, as text and as data. It has no AccessKey, no token and no account, so that
 * it can be pasted into an issue.
 *
 * @param version of the operator
 * @param at when it was made
 */
record CheckReport(String version, Instant at, List<Step> steps) {

  private static final String INDENT = " ".repeat(21);

  Verdict verdict() {
    return Verdict.worst(steps.stream().map(Step::verdict).toList());
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append("acr-credential-operator %s, check at %s%n".formatted(version, at));
    String registry = "";
    for (Step step : steps) {
      if (!step.registry().equals(registry)) {
        registry = step.registry();
        text.append("%n%s%n".formatted(registry));
      }
      append(step, text);
    }
    return text.append(System.lineSeparator()).append(conclusion()).toString();
  }

  private static void append(Step step, StringBuilder text) {
    String first = "%-8s %-12s".formatted(label(step.verdict()), step.name());
    String what = step.code().isEmpty() ? step.text() : step.code() + ": " + step.text();
    text.append(Paragraph.of(first, INDENT, what));
    if (!step.advice().isEmpty()) {
      text.append(Paragraph.of(INDENT + "→ ", INDENT + "  ", step.advice()));
    }
    if (!step.requestId().isEmpty()) {
      text.append(INDENT).append("request ID ").append(step.requestId());
      text.append(System.lineSeparator());
    }
  }

  private static String label(Verdict verdict) {
    return verdict == Verdict.OK ? "ok" : verdict.name();
  }

  private String conclusion() {
    return switch (verdict()) {
      case OK -> "Everything works.%n".formatted();
      case BROKEN ->
          "Something is broken: follow the advice (→) of the first BROKEN step.%n".formatted();
      case UNKNOWN ->
          "No conclusion: something did not answer or could not be read (UNKNOWN).%n".formatted();
    };
  }

  JsonNode data() {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("version", version).put("at", at.toString()).put("verdict", verdict().id());
    var list = data.putArray("steps");
    for (Step step : steps) {
      ObjectNode item = list.addObject();
      item.put("name", step.name()).put("verdict", step.verdict().id()).put("text", step.text());
      putIfAny(item, "registry", step.registry());
      putIfAny(item, "code", step.code());
      putIfAny(item, "advice", step.advice());
      putIfAny(item, "requestId", step.requestId());
    }
    return data;
  }

  private static void putIfAny(ObjectNode item, String name, String value) {
    if (!value.isEmpty()) {
      item.put(name, value);
    }
  }
}
