// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.CorrectedText;
import io.acrcredential.operator.configmap.parser.yaml.MappingReader;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import io.acrcredential.operator.configmap.parser.yaml.YamlText;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.text.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads one item of {@code acr-registry-info}. */
final class RegistryItemReader {

  /**
   * An unknown key with one of these words names an identity. If it were ignored, the operator's
   * own identity would be used instead.
   */
  private static final List<String> IDENTITY_WORDS =
      List.of(
          "role",
          "arn",
          "key",
          "secret",
          "access",
          "token",
          "account",
          "credential",
          "identity",
          "oidc",
          "rrsa");

  /** The same as whole words: inside other words they mean nothing. */
  private static final Set<String> SHORT_IDENTITY_WORDS = Set.of("ak", "sk", "ram", "sts", "auth");

  /** Known keys that decide about the instance and the identity. */
  private static final Set<String> DECISIVE_NAMES =
      Set.of(
          RegistryFields.INSTANCE,
          RegistryFields.ASSUME_ROLE,
          RegistryFields.RRSA_ROLE,
          RegistryFields.RRSA_PROVIDER,
          RegistryFields.KEY_ID,
          RegistryFields.KEY_SECRET);

  private static final Pattern INSTANCE_ID = Pattern.compile("crp?i-[A-Za-z0-9-]+");

  private final IdentityReader identities;
  private final CorrectedText corrected;
  private final RepairLog repairs;
  private final Findings findings;

  RegistryItemReader(
      IdentityReader identities, CorrectedText corrected, RepairLog repairs, Findings findings) {
    this.identities = identities;
    this.corrected = corrected;
    this.repairs = repairs;
    this.findings = findings;
  }

  /** One registry, or one for each of several instance ids. */
  List<Registry> read(Node node, ItemPosition position) throws UnreadableException {
    RegistryFields fields = fields(node, position);
    List<String> domains = TextMatching.commaList(fields.text(RegistryFields.DOMAINS));
    requireInstance(fields, domains, position);
    Credentials credentials = identities.read(fields, position);
    List<Registry> registries = new ArrayList<>();
    for (String id : instanceIds(fields, domains, position)) {
      registries.add(
          new Registry(
              orNull(id),
              orNull(fields.text(RegistryFields.REGION)),
              orNull(domains),
              orNull(TextMatching.commaList(fields.text(RegistryFields.PREFIXES))),
              credentials));
      Map<String, String> shown = new LinkedHashMap<>(fields.values());
      shown.computeIfPresent(RegistryFields.INSTANCE, (name, all) -> id);
      corrected.add(position.line(), position.masked(), shown);
    }
    return registries;
  }

  /** Whether this is a mapping from the ID of an instance to its item. */
  static boolean isKeyedById(Node node) {
    return YamlText.keys(node).stream().anyMatch(INSTANCE_ID.asMatchPredicate());
  }

  private RegistryFields fields(Node node, ItemPosition position) throws UnreadableException {
    if (!(node instanceof MappingNode mapping) || mapping.getValue().isEmpty()) {
      throw position.unreadable(
          " is not a set of keys and values; write - instanceId: \"cri-abc\", with a space"
              + " after the colon");
    }
    Map<String, String> values =
        new MappingReader(position.where(), RegistryFields.SCHEMA, repairs).read(mapping);
    for (Map.Entry<String, String> field : values.entrySet()) {
      if (!RegistryFields.NAMES.contains(field.getKey())) {
        reportUnknown(field.getKey(), field.getValue().equals(MappingReader.SIGNIFICANT), position);
      }
    }
    if (values.keySet().stream().noneMatch(RegistryFields.NAMES::contains)) {
      throw position.unreadable(" has no documented key; write - instanceId: \"cri-abc\"");
    }
    return new RegistryFields(values);
  }

  /**
   * Without an instance ID, the token is that of the shared Personal Edition, which is of no use
   * for the domain of an instance.
   */
  private static void requireInstance(
      RegistryFields fields, List<String> domains, ItemPosition position)
      throws UnreadableException {
    if (fields.has(RegistryFields.INSTANCE)) {
      return;
    }
    for (String domain : domains) {
      if (RegistryRef.isInstanceDomain(domain)) {
        throw position.unreadable(
            ": domains has "
                + position.shown(domain)
                + ", a domain of an instance, but no instanceId is given; write the instanceId of"
                + " that instance");
      }
    }
  }

  private List<String> instanceIds(
      RegistryFields fields, List<String> domains, ItemPosition position)
      throws UnreadableException {
    String id = fields.text(RegistryFields.INSTANCE);
    List<String> several = TextMatching.commaList(id);
    if (several.size() < 2 || !several.stream().allMatch(INSTANCE_ID.asMatchPredicate())) {
      return List.of(id);
    }
    if (!domains.isEmpty()) {
      throw position.unreadable(
          ": instanceId contains several IDs, and it is unclear whose domains these are; write an"
              + " item for each ID");
    }
    if (!repairs.tryUse(Repair.SEVERAL_IDS, RegistryFields.SCHEMA.label(), position.line())) {
      throw position.unreadable(": instanceId contains several IDs; write an item for each ID");
    }
    return several;
  }

  /**
   * @param matters whether the value itself may name an identity or an instance
   */
  private void reportUnknown(String name, boolean matters, ItemPosition position)
      throws UnreadableException {
    if (INSTANCE_ID.matcher(name).matches()) {
      throw position.unreadable(
          ": the ID of an instance is the key "
              + position.shown(name)
              + "; write it as the value of instanceId, such as instanceId: \"cri-abc\"");
    }
    String misplaced = ConfigMapSchema.KEYS.canonical(name);
    if (misplaced != null) {
      findings.add(
          Finding.UNREADABLE,
          position.where() + ": " + PastedConfigMap.misplaced(misplaced, ConfigMapKeys.REGISTRIES));
      return;
    }
    String problem =
        ": key "
            + (SecretDetector.isQuotable(name) ? position.shown(name) : "***")
            + " is unknown"
            + Spelling.suggestion(name, RegistryFields.NAMES);
    String plain = Spelling.plain(name);
    if (matters
        || SHORT_IDENTITY_WORDS.contains(plain)
        || IDENTITY_WORDS.stream().anyMatch(plain::contains)
        || DECISIVE_NAMES.stream().anyMatch(known -> Spelling.resembles(name, known))) {
      throw position.unreadable(
          problem
              + ", and it may name an instance or an identity; write a documented key, or remove it");
    }
    findings.add(Finding.UNKNOWN_KEY, position.where() + problem + " and is ignored");
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static List<String> orNull(List<String> list) {
    return list.isEmpty() ? null : list;
  }
}
