// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.EMAIL;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.SERVICE_ACCOUNT;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.THRESHOLD;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.WATCH_NAMESPACE;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the keys whose values are plain text, and completes the spec with them. */
final class PlainValueReader {

  private static final List<String> ALL = List.of("*");
  private static final List<String> DEFAULT = List.of("default");
  private static final String DEFAULT_THRESHOLD = "15m";

  private static final String ALL_WORD = "all";

  /** Characters of patterns and exclusions, a leading minus, or prose that begins with "all". */
  private static final Pattern PATTERN = Pattern.compile("[*?!^$|~%<>(){}\\\\]|^-|^all\\s");

  private static final Pattern NAME = Pattern.compile("[a-z0-9.-]+");

  private final ConfigMapKeys keys;
  private final RepairLog repairs;
  private final Findings findings;

  PlainValueReader(ConfigMapKeys keys, RepairLog repairs, Findings findings) {
    this.keys = keys;
    this.repairs = repairs;
    this.findings = findings;
  }

  AcrCredentialPolicySpec spec(List<Registry> registries, boolean bindAtCreation) {
    List<String> accounts = names(SERVICE_ACCOUNT);
    List<String> namespaces = names(WATCH_NAMESPACE);
    if (accounts.equals(ALL) && !namespaces.equals(ALL)) {
      if (keys.text(WATCH_NAMESPACE).isEmpty()) {
        namespaces = ALL;
      } else {
        findings.add(
            Finding.LIMITED,
            "service-account \"*\" means every ServiceAccount, but only of the namespaces in"
                + " watch-namespace; for all namespaces write watch-namespace: \"all\"");
      }
    }
    String threshold = threshold();
    String email = email();
    return new AcrCredentialPolicySpec(
        registries,
        new Targets(new Namespaces(namespaces, null, null), new ServiceAccounts(accounts, null)),
        Binding.Append,
        threshold,
        email.isEmpty() ? null : email,
        bindAtCreation,
        false,
        false,
        false);
  }

  /** In lower case, as all names of Kubernetes objects are; the docs of ACR write Default. */
  private List<String> names(String key) {
    String text = repaired(key);
    List<String> names = TextMatching.commaList(text);
    List<String> forgiving = TextMatching.forgivingList(text);
    if (!names.equals(forgiving) && repairs.tryUse(Repair.SEPARATORS, key, 1)) {
      names = forgiving;
    }
    boolean all = names.contains("*") || names.contains(ALL_WORD);
    List<String> patterns = names.stream().filter(name -> isPattern(name, all)).toList();
    if (!patterns.isEmpty()) {
      patterns.forEach(pattern -> reportPattern(key, pattern));
      return DEFAULT;
    }
    if (all) {
      if (key.equals(SERVICE_ACCOUNT) && !names.contains("*")) {
        findings.add(
            Finding.REPAIRED,
            key
                + ": \"all\" means every ServiceAccount here, not one of that name; write \"*\". It is"
                + " read as:\n"
                + key
                + ": \"*\"");
      }
      return ALL;
    }
    return names.isEmpty() ? DEFAULT : names;
  }

  /**
   * Whether this is not a name but a pattern or an exclusion. Without it, the list would mean
   * something else, often more, so it is not merely left out.
   *
   * @param besideAll anything but a name then limits "all"
   */
  private static boolean isPattern(String name, boolean besideAll) {
    if (name.equals("*")) {
      return false;
    }
    return PATTERN.matcher(name).find() || besideAll && !NAME.matcher(name).matches();
  }

  private void reportPattern(String key, String pattern) {
    findings.add(
        Finding.UNREADABLE,
        key
            + " contains "
            + TextMatching.quoted(pattern)
            + ", but patterns and exclusions are not supported here; write each name, or * for"
            + " all"
            + (key.equals(WATCH_NAMESPACE)
                ? ", and exclude namespaces by the operator's setting ACR_EXCLUDED_NAMESPACES"
                : ""));
  }

  private String threshold() {
    String text = unquoted(THRESHOLD);
    if (text.isEmpty()) {
      return DEFAULT_THRESHOLD;
    }
    String duration = TextMatching.duration(text);
    return duration.equals(text) || !repairs.tryUse(Repair.DURATION, THRESHOLD, 1)
        ? text
        : duration;
  }

  private String email() {
    String email = unquoted(EMAIL);
    if (email.chars().allMatch(c -> c > ' ' && c < 0x7f && "\"'<>".indexOf(c) < 0)) {
      return email;
    }
    findings.add(
        Finding.ITEM_IGNORED,
        EMAIL + " is not an email address; write one such as ops@example.com");
    return "";
  }

  /** A value without quotes around it and commas behind it, where the repairs allow that. */
  private String unquoted(String key) {
    String text = repaired(key).strip();
    int from = 0;
    int to = text.length();
    while (from < to && "\"'".indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (to > from && "\"',;".indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    String bare = text.substring(from, to).strip();
    return bare.equals(text) || !repairs.tryUse(Repair.SEPARATORS, key, 1) ? text : bare;
  }

  /** A value without comments, where the repairs allow that. */
  private String repaired(String key) {
    String text = repairs.apply(key, keys.text(key), KeySchema.NONE);
    String bare = text.replaceAll("(^|\\s)#[^\n]*", "");
    return bare.equals(text) || !repairs.tryUse(Repair.SLASH_COMMENT, key, 1) ? text : bare;
  }
}
