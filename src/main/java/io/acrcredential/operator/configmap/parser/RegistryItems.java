package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.Sha256;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.AssumeRole;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Oidc;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.SecretRef;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.text.CredentialFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The items of {@code acr-registry-info}. One that can't be used is left out and named; the others
 * are used.
 */
final class RegistryItems {

  private static final String INSTANCE = "instanceId";
  private static final String DOMAINS = "domains";
  private static final String PREFIXES = "repositoryPrefixes";
  private static final String ASSUME_ROLE = "assumeRoleARN";
  private static final String RRSA_ROLE = "rrsaRoleARN";
  private static final String RRSA_PROVIDER = "rrsaOIDCProviderRoleARN";
  private static final String KEY_ID = "customAccessKey";
  private static final String KEY_SECRET = "customAccessKeySecret";
  private static final String DURATION = "expireDuration";

  static final Set<String> FIELDS =
      Set.of(
          INSTANCE,
          "regionId",
          DOMAINS,
          PREFIXES,
          ASSUME_ROLE,
          DURATION,
          RRSA_ROLE,
          RRSA_PROVIDER,
          KEY_ID,
          KEY_SECRET);

  static final KeySchema SCHEMA =
      new KeySchema(
          AcrConfigurationParser.REGISTRIES, FIELDS, INSTANCE, Set.of(DOMAINS, PREFIXES));

  /** Where a field of the policy is called otherwise here. */
  private static final Map<String, String> LEGACY_NAMES =
      Map.of(
          "region", "regionId",
          "credentials.assumeRole.roleArn", ASSUME_ROLE,
          "credentials.assumeRole.durationSeconds", DURATION,
          "credentials.oidc.roleArn", RRSA_ROLE,
          "credentials.oidc.providerArn", RRSA_PROVIDER,
          "credentials.oidc.durationSeconds", DURATION);

  /**
   * A key that holds one of these speaks of an identity: passing over it would spend the operator's
   * own instead.
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

  /** The same as whole words: within others they say nothing. */
  private static final Set<String> SHORT_IDENTITY_WORDS = Set.of("ak", "sk", "ram", "sts", "auth");

  /** Whatever holds one of these may hold a secret nearby; LTAI begins the ids of AccessKeys. */
  private static final List<String> SECRET_WORDS =
      List.of("key", "secret", "access", "custom", "ltai", "password", "token");

  /**
   * Letters and digits in truth; what is no AccessKey for sure holds blanks, quotes or a comment.
   */
  private static final Pattern ACCESS_KEY =
      Pattern.compile("(?!.*//)[A-Za-z0-9_.+/=~!@$%^&*-]{1,256}");

  private static final Pattern ACCESS_KEY_ID = Pattern.compile("(?i)\\bLTAI[a-z0-9]{4}");

  /** Between a key and its value; no name of an object has it. */
  private static final Pattern SEPARATOR = Pattern.compile("[:=\uFF1A\uFF1D\\s]");

  private static final Pattern INSTANCE_ID = Pattern.compile("crp?i-[A-Za-z0-9-]+");

  private static final Set<Repair> UNSURE =
      Set.of(Repair.WRAPPED, Repair.UNCLOSED_QUOTE, Repair.ITEMS, Repair.INDENTATION);

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  /** What may be shown: digits would make an AccessKey of it. */
  static final Pattern KEY_LIKE = Pattern.compile("[A-Za-z_-]{1,24}");

  /**
   * One item that may be used, if the policy's rules agree.
   *
   * @param where for people: {@code acr-registry-info, item 2 (line 4)}
   * @param masked whether no value of it may be shown
   */
  private record Item(String where, boolean masked, Registry registry) {}

  private final boolean rrsa;
  private final List<Finding> findings;
  private final List<Item> items = new ArrayList<>();
  private final Map<String, SensitiveString> keys = new LinkedHashMap<>();

  private final RepairLog repairs;
  private final CorrectedText corrected = new CorrectedText(SCHEMA);

  RegistryItems(boolean rrsa, List<Finding> findings, RepairLog repairs) {
    this.rrsa = rrsa;
    this.findings = findings;
    this.repairs = repairs;
  }

  CorrectedText corrected() {
    return corrected;
  }

  /** An empty list means the shared Personal Edition registry of the cluster's region. */
  void read(Optional<Node> root, String text) throws UnreadableException {
    String key = AcrConfigurationParser.REGISTRIES;
    if (root.isPresent() && !(root.get() instanceof SequenceNode)) {
      throw new UnreadableException(
          YamlText.at(key, root.get())
              + ": found no list; begin each item with \"- \", such as - instanceId: \"cri-abc\"");
    }
    List<Node> nodes = root.map(node -> ((SequenceNode) node).getValue()).orElse(List.of());
    if (nodes.isEmpty()) {
      items.add(new Item(key, false, new Registry(null, null, null, null, null)));
    }
    List<String> lines = List.of(text.split("\\R", -1)); // comments too: a key may be taken out so
    // where it is not sure which item a line belongs to, a secret in one is a secret in all
    boolean anywhere =
        repairs.usedAnywhere().stream().anyMatch(UNSURE::contains)
            && nodes.stream().anyMatch(RegistryItems::mayHoldSecret);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      String where = key + ", item " + (i + 1) + " (line " + YamlText.line(node) + ")";
      int next = i + 1 < nodes.size() ? YamlText.line(nodes.get(i + 1)) : lines.size() + 1;
      boolean masked =
          anywhere
              || mayHoldSecret(node)
              || lines.subList(Math.min(YamlText.line(node), next) - 1, next - 1).stream()
                  .anyMatch(RegistryItems::speaksOfSecret);
      try {
        for (Registry registry : registries(where, masked, node)) {
          items.add(new Item(where, masked, registry));
        }
      } catch (UnreadableException e) {
        corrected.add(YamlText.line(node), masked, Map.of());
        leftOut(Finding.ITEM_IGNORED, e.getMessage());
      }
    }
  }

  /** In the order of the text, without those that were left out. */
  List<Registry> registries() {
    return items.stream().map(Item::registry).toList();
  }

  /** Names what the policy's rules found wrong with one of {@link #registries()}. */
  void leaveOut(int index, List<FieldError> problems) {
    Item item = items.get(index);
    for (FieldError problem : problems) {
      String path = problem.field().replaceFirst("^spec\\.registries\\[\\d+]\\.", "");
      String field = LEGACY_NAMES.getOrDefault(path, path.replaceFirst("\\[\\d+]$", ""));
      String value = item.masked() ? "***" : TextMatching.quoted(problem.found());
      leftOut(
          Finding.ITEM_IGNORED,
          item.where() + ": " + field + " has " + value + ": " + problem.fix());
    }
  }

  /**
   * The AccessKeys that these registries refer to, by the key of the Secret that shall hold them.
   */
  Map<String, SensitiveString> keysOf(List<Registry> registries) {
    Map<String, SensitiveString> used = new LinkedHashMap<>();
    for (Registry registry : registries) {
      SecretRef ref = registry.credentials() == null ? null : registry.credentials().secretRef();
      if (ref != null) {
        used.put(ref.accessKeyIdKey(), keys.get(ref.accessKeyIdKey()));
        used.put(ref.accessKeySecretKey(), keys.get(ref.accessKeySecretKey()));
      }
    }
    return used;
  }

  /** One, or one for each of several instance ids. */
  private List<Registry> registries(String where, boolean masked, Node node)
      throws UnreadableException {
    if (!(node instanceof MappingNode mapping) || mapping.getValue().isEmpty()) {
      throw new UnreadableException(
          where
              + " is no set of keys and values; write - instanceId: \"cri-abc\", with a blank"
              + " after the colon");
    }
    Map<String, String> fields = new MappingReader(where, SCHEMA, repairs).of(mapping);
    for (Map.Entry<String, String> field : fields.entrySet()) {
      if (!FIELDS.contains(field.getKey())) {
        unknown(where, masked, field.getKey(), field.getValue().equals(MappingReader.MATTERS));
      }
    }
    if (fields.keySet().stream().noneMatch(FIELDS::contains)) {
      throw new UnreadableException(where + " has no known key; write - instanceId: \"cri-abc\"");
    }
    if (!rrsa && (has(fields, RRSA_ROLE) || has(fields, RRSA_PROVIDER))) {
      findings.add(
          new Finding(
              Finding.NO_EFFECT,
              where
                  + ": its rrsa… fields have no effect, because rrsa is off; to switch it on"
                  + " write the key rrsa: \"enable: true\""));
    }
    List<String> domains = TextMatching.commaList(text(fields, DOMAINS));
    Credentials credentials = credentials(where, masked, fields);
    List<Registry> registries = new ArrayList<>();
    for (String id : ids(where, domains, fields, node)) {
      registries.add(
          new Registry(
              orNull(id),
              orNull(text(fields, "regionId")),
              orNull(domains),
              orNull(TextMatching.commaList(text(fields, PREFIXES))),
              credentials));
      Map<String, String> shown = new LinkedHashMap<>(fields);
      shown.computeIfPresent(INSTANCE, (name, all) -> id);
      corrected.add(YamlText.line(node), masked, shown);
    }
    return registries;
  }

  private List<String> ids(
      String where, List<String> domains, Map<String, String> fields, Node node)
      throws UnreadableException {
    String id = text(fields, INSTANCE);
    List<String> several = TextMatching.commaList(id);
    if (several.size() < 2 || !several.stream().allMatch(INSTANCE_ID.asMatchPredicate())) {
      return List.of(id);
    }
    if (!domains.isEmpty()) {
      throw new UnreadableException(
          where
              + ": instanceId has several ids, and whose the domains are can't be told; write an item"
              + " for each id");
    }
    if (!repairs.allow(Repair.SEVERAL_IDS, SCHEMA.label(), YamlText.line(node))) {
      throw new UnreadableException(where + ": write an item for each instanceId");
    }
    return several;
  }

  private void unknown(String where, boolean masked, String name, boolean matters)
      throws UnreadableException {
    String message =
        where
            + ": key "
            + (masked || !KEY_LIKE.matcher(name).matches() ? "***" : TextMatching.quoted(name))
            + " is unknown"
            + TextMatching.suggestion(name, FIELDS);
    String plain = TextMatching.plain(name);
    if (matters
        || SHORT_IDENTITY_WORDS.contains(plain)
        || IDENTITY_WORDS.stream().anyMatch(plain::contains)
        || Set.of(INSTANCE, ASSUME_ROLE, RRSA_ROLE, RRSA_PROVIDER, KEY_ID, KEY_SECRET).stream()
            .anyMatch(known -> TextMatching.resembles(name, known))) {
      throw new UnreadableException(message + "; write a known key, or take it out");
    }
    findings.add(new Finding(Finding.UNKNOWN_KEY, message));
  }

  /** Null = the operator's own identity. */
  private Credentials credentials(String where, boolean masked, Map<String, String> fields)
      throws UnreadableException {
    String role = text(fields, ASSUME_ROLE);
    boolean keys = has(fields, KEY_ID) || has(fields, KEY_SECRET);
    boolean oidc = rrsa && (has(fields, RRSA_ROLE) || has(fields, RRSA_PROVIDER));
    if (keys && oidc) {
      throw new UnreadableException(
          where + ": it has " + KEY_ID + " and " + RRSA_ROLE + "; write one of these identities");
    }
    boolean temporary = oidc || !role.isEmpty();
    Integer seconds = temporary ? seconds(where, masked, fields) : null;
    if (!temporary && has(fields, DURATION)) {
      findings.add(
          new Finding(
              Finding.NO_EFFECT,
              where + ": " + DURATION + " has no effect without " + ASSUME_ROLE + " or RRSA"));
    }
    if (!keys && !temporary) {
      return null;
    }
    return new Credentials(
        keys ? secretRef(where, fields) : null,
        oidc ? oidc(where, fields, role.isEmpty() ? seconds : null) : null,
        role.isEmpty() ? null : assumeRole(role, seconds));
  }

  private static AssumeRole assumeRole(String role, Integer seconds) {
    return new AssumeRole(
        role, null, Identity.Role.DEFAULT_SESSION_NAME, orDefaultDuration(seconds), null);
  }

  /** A role that another one follows is only passed through: the item's duration is the last's. */
  private static Oidc oidc(String where, Map<String, String> fields, Integer seconds)
      throws UnreadableException {
    requireBoth(where, fields, RRSA_ROLE, RRSA_PROVIDER);
    return new Oidc(
        text(fields, RRSA_ROLE), text(fields, RRSA_PROVIDER), orDefaultDuration(seconds));
  }

  private static Integer orDefaultDuration(Integer seconds) {
    return seconds == null ? Identity.Role.DEFAULT_DURATION_SECONDS : seconds;
  }

  private static void requireBoth(
      String where, Map<String, String> fields, String one, String other)
      throws UnreadableException {
    for (String name : List.of(one, other)) {
      if (!has(fields, name)) {
        throw new UnreadableException(
            where + ": " + name + " is missing; write both " + one + " and " + other);
      }
    }
  }

  /** Null = none is given; whether it is in range, the policy's rules judge. */
  private static Integer seconds(String where, boolean masked, Map<String, String> fields)
      throws UnreadableException {
    String text = text(fields, DURATION);
    if (text.isEmpty()) {
      return null;
    }
    if (!SECONDS.matcher(text).matches()) {
      throw new UnreadableException(
          where
              + ": "
              + DURATION
              + " has "
              + (masked ? "***" : TextMatching.quoted(text))
              + "; write a number of seconds from 900 to 43200, such as 3600");
    }
    return Integer.valueOf(text);
  }

  /** The AccessKey moves into a Secret, under a name that stays as long as its id does. */
  private SecretRef secretRef(String where, Map<String, String> fields) throws UnreadableException {
    requireBoth(where, fields, KEY_ID, KEY_SECRET);
    String id = text(fields, KEY_ID);
    String secret = text(fields, KEY_SECRET);
    for (String name : List.of(KEY_ID, KEY_SECRET)) {
      if (!ACCESS_KEY.matcher(text(fields, name)).matches()
          || CredentialFormat.fault(text(fields, name)).isPresent()) {
        throw new UnreadableException(
            where
                + ": "
                + name
                + " has ***: write it as the RAM console shows it, letters and digits alone");
      }
    }
    String name = shortHash(id);
    SecretRef ref =
        new SecretRef(
            AcrConfigurationParser.KEYS_SECRET,
            name + ".access-key-id",
            name + ".access-key-secret");
    SensitiveString known = keys.putIfAbsent(ref.accessKeySecretKey(), SensitiveString.of(secret));
    if (known != null && !known.equals(SensitiveString.of(secret))) {
      throw new UnreadableException(
          where
              + ": an item above has the same "
              + KEY_ID
              + " with another "
              + KEY_SECRET
              + "; write the right one in both");
    }
    keys.put(ref.accessKeyIdKey(), SensitiveString.of(id));
    return ref;
  }

  private static String shortHash(String id) {
    return Sha256.hex(id, 4);
  }

  private static boolean has(Map<String, String> fields, String name) {
    return !text(fields, name).isEmpty();
  }

  private static String text(Map<String, String> fields, String name) {
    return fields.getOrDefault(name, "");
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static List<String> orNull(List<String> list) {
    return list.isEmpty() ? null : list;
  }

  private void leftOut(String cause, String message) {
    findings.add(new Finding(cause, message + ". The item is left out"));
  }

  /**
   * Whether a value that has no items holds an item's key or what follows one: pasted into the
   * wrong place, an AccessKey is as secret as in its own.
   */
  static boolean isOfAnItem(String text) {
    return Arrays.stream(text.split("[,;\n{}\"']"))
        .map(String::strip)
        .anyMatch(
            part ->
                SCHEMA.canonical(part) != null
                    || speaksOfSecret(part) && SEPARATOR.matcher(part).find()
                    || ACCESS_KEY_ID.matcher(part).find());
  }

  private static boolean speaksOfSecret(String line) {
    String plain = TextMatching.plain(line);
    return SECRET_WORDS.stream().anyMatch(plain::contains);
  }

  static boolean mayHoldSecret(Node node) {
    if (node instanceof ScalarNode scalar) {
      String plain = TextMatching.plain(scalar.getValue());
      return SECRET_WORDS.stream().anyMatch(plain::contains)
          || TextMatching.resembles(plain, KEY_ID)
          || TextMatching.resembles(plain, KEY_SECRET);
    }
    if (node instanceof SequenceNode list) {
      return list.getValue().stream().anyMatch(RegistryItems::mayHoldSecret);
    }
    for (NodeTuple field : ((MappingNode) node).getValue()) {
      if (mayHoldSecret(field.getKeyNode()) || mayHoldSecret(field.getValueNode())) {
        return true;
      }
    }
    return false;
  }
}
