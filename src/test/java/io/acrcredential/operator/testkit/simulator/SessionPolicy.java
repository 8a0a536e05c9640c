// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The Policy of an AssumeRole call, as far as a pull needs it: Effect and Action, with {@code *}.
 * Resources and conditions are not looked at.
 */
record SessionPolicy(List<Pattern> allowed, List<Pattern> denied) {

  /** A session that brings no policy may do all that its role may. */
  static final SessionPolicy NONE = new SessionPolicy(List.of(Pattern.compile(".*")), List.of());

  private static final int MAX_LENGTH = 2048;

  /** Refuses what is too long or is no policy (STS API 2015-04-01, AssumeRole, Policy). */
  static SessionPolicy parse(String policy) throws Refusal {
    if (policy.isEmpty()) {
      return NONE;
    }
    if (policy.length() > MAX_LENGTH) {
      throw invalid("InvalidParameter.PolicyGrammar", "The specified Policy is too long.");
    }
    var parsed = new SessionPolicy(new ArrayList<>(), new ArrayList<>());
    try {
      var document = new ObjectMapper().readTree(policy);
      if (!document.path("Version").asText().equals("1") || document.path("Statement").isEmpty()) {
        throw invalid("InvalidParameter.PolicyGrammar", "The parameter Policy has no statements.");
      }
      document.path("Statement").forEach(parsed::add);
    } catch (JsonProcessingException e) {
      throw invalid(
          "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.");
    }
    return parsed;
  }

  private void add(JsonNode statement) {
    var patterns = statement.path("Effect").asText().equals("Allow") ? allowed : denied;
    var actions = statement.path("Action");
    if (actions.isTextual()) {
      patterns.add(pattern(actions.asText()));
    }
    actions.forEach(action -> patterns.add(pattern(action.asText())));
  }

  private static Pattern pattern(String action) {
    return Pattern.compile(
        "\\Q" + action.replace("*", "\\E.*\\Q") + "\\E", Pattern.CASE_INSENSITIVE);
  }

  boolean allows(String action) {
    return allowed.stream().anyMatch(one -> one.matcher(action).matches())
        && denied.stream().noneMatch(one -> one.matcher(action).matches());
  }

  private static Refusal invalid(String code, String message) {
    return Refusal.byService(400, code, message);
  }
}
