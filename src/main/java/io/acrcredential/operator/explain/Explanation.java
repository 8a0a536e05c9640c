// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.cli.Paragraph;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.Finding.Level;
import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The findings about a subject, as text and as data. */
record Explanation(Subject subject, List<Finding> findings, Language language) {

  private static final String INDENT = "         ";

  private static final Map<Level, Text> LABELS =
      Map.of(
          Level.OK, new Text("ok", "正常"),
          Level.NOTE, new Text("note", "注意"),
          Level.BROKEN, new Text("BROKEN", "故障"),
          Level.UNKNOWN, new Text("UNKNOWN", "未知"));

  private static final Map<Kind, String> KINDS =
      Map.of(
          Kind.POD, "Pod",
          Kind.SERVICE_ACCOUNT, "ServiceAccount",
          Kind.NAMESPACE, "Namespace",
          Kind.IMAGE, "Image",
          Kind.POLICY, "AcrCredentialPolicy");

  private static final Text COLON = new Text(": ", "：");
  private static final Text CODE = new Text(" (%s)", "（%s）");
  private static final Text FINE = new Text("Nothing is broken.", "没有发现故障。");
  private static final Text BROKEN = new Text("The broken link: ", "故障环节：");
  private static final Text UNKNOWN =
      new Text(
          "Nothing is broken in what could be checked; see the lines marked UNKNOWN.",
          "已检查的部分没有故障；请查看标为“未知”的各行。");

  Verdict verdict() {
    return Verdict.worst(findings.stream().map(finding -> finding.level().verdict()).toList());
  }

  /** The first link that is broken: those after it often fail because of it. */
  Optional<Finding> firstBroken() {
    return findings.stream().filter(finding -> finding.level() == Level.BROKEN).findFirst();
  }

  String text() {
    String line = System.lineSeparator();
    StringBuilder text = new StringBuilder();
    text.append(KINDS.get(subject.kind())).append(' ').append(title()).append(line).append(line);
    for (Finding finding : findings) {
      text.append(
          Paragraph.of(
              label(finding.level()),
              INDENT,
              name(finding) + COLON.in(language) + finding.what().in(language)));
      if (!finding.advice().isEmpty()) {
        text.append(Paragraph.of(INDENT + "→ ", INDENT + "  ", finding.advice().in(language)));
      }
    }
    return text.append(line).append(conclusion()).append(line).toString();
  }

  /** Chinese characters take two columns. */
  private String label(Level level) {
    String label = LABELS.get(level).in(language);
    int columns = language == Language.CHINESE ? 2 * label.length() : label.length();
    return label + " ".repeat(INDENT.length() - columns);
  }

  private String name(Finding finding) {
    return finding.link().label().in(language);
  }

  private String title() {
    return switch (subject.kind()) {
      case POD, SERVICE_ACCOUNT -> subject.namespace() + "/" + subject.name();
      case NAMESPACE, IMAGE, POLICY -> subject.name();
    };
  }

  private String conclusion() {
    return switch (verdict()) {
      case OK -> FINE.in(language);
      case UNKNOWN -> UNKNOWN.in(language);
      case BROKEN -> {
        Finding first = firstBroken().orElseThrow();
        yield BROKEN.in(language) + name(first) + CODE.in(language).formatted(first.code());
      }
    };
  }

  JsonNode data() {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    ObjectNode about = data.putObject("subject").put("kind", KINDS.get(subject.kind()));
    if (subject.hasNamespace() && subject.kind() != Kind.NAMESPACE) {
      about.put("namespace", subject.namespace());
    }
    about.put("name", subject.name());
    data.put("verdict", verdict().id());
    var list = data.putArray("findings");
    for (Finding finding : findings) {
      ObjectNode item = list.addObject();
      item.put("link", finding.link().id())
          .put("level", finding.level().name().toLowerCase(Locale.ROOT))
          .put("code", finding.code())
          .put("message", finding.what().in(language));
      if (!finding.advice().isEmpty()) {
        item.put("advice", finding.advice().in(language));
      }
    }
    return data;
  }
}
