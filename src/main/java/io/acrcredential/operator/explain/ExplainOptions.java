// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import io.acrcredential.operator.cli.Arguments;
import io.acrcredential.operator.cli.OutputFormat;
import io.acrcredential.operator.cli.UsageException;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Language;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The arguments of the {@code explain} command.
 *
 * @param operatorNamespace empty = where a Deployment of the operator is found
 */
public record ExplainOptions(
    Subject subject, Optional<String> operatorNamespace, Language language, OutputFormat format) {

  private static final String OPERATOR_NAMESPACE = "--operator-namespace";

  /** Names become parts of request paths. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

  private static final String WHAT =
      "Say what to explain: pod NAMESPACE/NAME, serviceaccount NAMESPACE/NAME, namespace NAME,"
          + " image REFERENCE or policy NAME.";

  /**
   * Parses the arguments after {@code explain}.
   *
   * @throws UsageException that says what is wrong
   */
  public static ExplainOptions parse(List<String> words) {
    return parse(words, System.getenv());
  }

  static ExplainOptions parse(List<String> words, Map<String, String> environment) {
    Arguments arguments =
        Arguments.parse(
            "explain", words, Set.of(OPERATOR_NAMESPACE, Language.OPTION, OutputFormat.OPTION));
    if (arguments.operands().size() != 2) {
      throw new UsageException(WHAT);
    }
    Optional<String> namespace = arguments.option(OPERATOR_NAMESPACE);
    namespace.ifPresent(ExplainOptions::requireName);
    return new ExplainOptions(
        subject(arguments.operands().get(0), arguments.operands().get(1)),
        namespace,
        Language.of(arguments.option(Language.OPTION), environment),
        OutputFormat.of(arguments.option(OutputFormat.OPTION)));
  }

  /** The kinds have the names and short names that kubectl knows. */
  private static Subject subject(String kind, String name) {
    return switch (kind) {
      case "pod", "pods", "po" -> namespaced(Kind.POD, name);
      case "serviceaccount", "serviceaccounts", "sa" -> namespaced(Kind.SERVICE_ACCOUNT, name);
      case "namespace", "namespaces", "ns" -> new Subject(Kind.NAMESPACE, requireName(name), name);
      case "image" -> new Subject(Kind.IMAGE, "", name);
      case "policy", "acrpol", "acrcredentialpolicy", "acrcredentialpolicies" ->
          new Subject(Kind.POLICY, "", requireName(name));
      default -> throw new UsageException(WHAT);
    };
  }

  private static Subject namespaced(Kind kind, String name) {
    String[] parts = name.split("/", -1);
    if (parts.length != 2) {
      throw new UsageException(
          "\"%s\" has no namespace: write NAMESPACE/NAME, such as team-a/web.".formatted(name));
    }
    return new Subject(kind, requireName(parts[0]), requireName(parts[1]));
  }

  private static String requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException("\"%s\" is not a valid Kubernetes object name.".formatted(name));
    }
    return name;
  }
}
