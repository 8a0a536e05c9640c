package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.PolicyValidator;
import io.acrcredential.operator.policy.ValidatedPolicy;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * One reading of the ConfigMap, with the repairs that it may use. Values are judged by {@link
 * PolicyValidator}, not here.
 */
final class ConfigMapParse {

  private static final String REGISTRIES = AcrConfigurationParser.REGISTRIES;
  private static final String SERVICE_ACCOUNT = "service-account";
  private static final String WATCH_NAMESPACE = "watch-namespace";
  private static final String THRESHOLD = "expiring-threshold";
  private static final String EMAIL = "notify-email";
  private static final String RRSA = "rrsa";
  private static final String WEBHOOK = "webhook-configuration";
  private static final String API_VERSION = "acr-api-version"; // accepted, has no effect

  private static final Set<String> KEYS =
      Set.of(
          SERVICE_ACCOUNT,
          WATCH_NAMESPACE,
          REGISTRIES,
          THRESHOLD,
          EMAIL,
          RRSA,
          WEBHOOK,
          API_VERSION);

  /** What may stand there. */
  private static final Map<String, String> SAMPLES =
      Map.of(
          SERVICE_ACCOUNT, "names such as default",
          WATCH_NAMESPACE, "names such as default",
          THRESHOLD, "a duration such as 15m",
          EMAIL, "an address such as ops@example.com",
          RRSA, "enable: true",
          WEBHOOK, "enable: true");

  private static final List<String> ALL = List.of("*");

  private static final KeySchema KEY_NAMES = new KeySchema("", KEYS);
  private static final KeySchema RRSA_FIELDS = new KeySchema(RRSA, Set.of("enable"));
  private static final KeySchema WEBHOOK_FIELDS =
      new KeySchema(WEBHOOK, Set.of("enable", "failure-policy", "timeout-seconds"));

  /** The API server cuts an Event's message at 1,024 bytes; most of what is written is ASCII. */
  private static final int MAX_MESSAGE = 900;

  private static final String READ_AS = ". It is read as:\n";

  private static final Pattern NAME = Pattern.compile("[a-z0-9.-]+");

  private static final int UNREADABLE_LOSS = 10_000;
  private static final int ITEM_LOSS = 10;

  private final Map<String, String> data = new TreeMap<>();

  /** A key of the ConfigMap → how it is written there. */
  private final Map<String, String> renamed = new TreeMap<>();

  private final Map<String, Boolean> enabled = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final RepairLog repairs;
  private final RegistryItems items;
  private final ParseResult reading;

  ConfigMapParse(Map<String, String> written, Set<Repair> allowed) {
    repairs = new RepairLog(allowed);
    keys(new TreeMap<>(written), allowed.contains(Repair.KEYS));
    data.replaceAll(this::withoutItems);
    boolean rrsa = enabled(RRSA_FIELDS);
    if (enabled(WEBHOOK_FIELDS)) {
      tell(
          Finding.NOT_SUPPORTED,
          WEBHOOK
              + " has no effect yet: ServiceAccounts are bound right after they are created, not"
              + " while they are");
    }
    items = new RegistryItems(rrsa, findings, repairs);
    boolean readable =
        attempt(
            () -> {
              String text = mended(RegistryItems.SCHEMA, text(REGISTRIES));
              items.read(YamlText.parse(REGISTRIES, text), text);
            });
    reading = judge(items, spec(items.registries()), readable);
  }

  /** What it says, with a sentence for each repair. */
  ParseResult reading() {
    List<Finding> all = new ArrayList<>();
    repairs.used().forEach((key, used) -> used.forEach((r, lines) -> all.add(told(key, r, lines))));
    all.addAll(findings);
    return reading instanceof ParseResult.Understood understood
        ? new ParseResult.Understood(understood.spec(), understood.keys(), List.copyOf(all))
        : reading; // what is not used has not been read as anything
  }

  /** How much of the ConfigMap is not used; 0 = nothing is wrong. */
  int loss() {
    return findings.stream()
        .mapToInt(
            f ->
                switch (f.cause()) {
                  case Finding.UNREADABLE -> UNREADABLE_LOSS;
                  case Finding.ITEM_IGNORED -> ITEM_LOSS;
                  case Finding.UNKNOWN_KEY -> 1;
                  default -> 0;
                })
        .sum();
  }

  Set<Repair> repairs() {
    return repairs.usedAnywhere();
  }

  private Finding told(String key, Repair repair, SortedSet<Integer> lines) {
    String name = renamed.get(key);
    String head =
        repair == Repair.KEYS && lines.contains(0)
            ? "key " + TextMatching.quoted(name) + " is read as " + key
            : key + TextMatching.lines(lines) + ": " + repair.meaning();
    String text = corrected(key, lines, MAX_MESSAGE - head.length() - READ_AS.length());
    return new Finding(Finding.REPAIRED, head + READ_AS + text);
  }

  private String corrected(String key, SortedSet<Integer> lines, int limit) {
    AcrCredentialPolicySpec spec =
        reading instanceof ParseResult.Understood understood ? understood.spec() : null;
    return switch (key) {
      case REGISTRIES -> items.corrected().within(limit, lines);
      case RRSA, WEBHOOK -> "enable: " + enabled.getOrDefault(key, false);
      default -> {
        String value =
            spec == null
                ? text(key)
                : switch (key) {
                  case SERVICE_ACCOUNT ->
                      String.join(",", spec.targets().serviceAccounts().names());
                  case WATCH_NAMESPACE -> String.join(",", spec.targets().namespaces().names());
                  case THRESHOLD -> spec.refreshBefore();
                  case EMAIL -> spec.email() == null ? "" : spec.email();
                  default -> text(key);
                };
        String line = key + ": " + CorrectedText.quoted(value);
        yield line.length() <= limit ? line : line.substring(0, limit - 1) + "…";
      }
    };
  }

  /** The exact key wins over one that is spelled otherwise; two others are none. */
  private void keys(Map<String, String> written, boolean forgiving) {
    written.forEach(
        (key, value) -> {
          if (KEYS.contains(key)) {
            data.put(key, value);
          }
        });
    written.keySet().stream()
        .filter(key -> !KEYS.contains(key))
        .forEach(
            key -> {
              String known = forgiving ? KEY_NAMES.canonical(key) : null;
              if (known != null && !written.containsKey(known) && !renamed.containsKey(known)) {
                data.put(known, written.get(key));
                renamed.put(known, key);
                repairs.allow(Repair.KEYS, known, 0);
              } else if (known != null && renamed.containsKey(known)) {
                tell(
                    Finding.UNREADABLE,
                    "keys "
                        + TextMatching.quoted(renamed.get(known))
                        + " and "
                        + TextMatching.quoted(key)
                        + " are both meant as "
                        + known
                        + "; write that one alone");
              } else {
                tell(
                    Finding.UNKNOWN_KEY,
                    "key "
                        + TextMatching.quoted(key)
                        + " is unknown"
                        + (written.containsKey(String.valueOf(KEY_NAMES.canonical(key)))
                            ? "; " + KEY_NAMES.canonical(key) + " is used"
                            : TextMatching.suggestion(key, KEYS)));
              }
            });
  }

  private String withoutItems(String key, String text) {
    if (key.equals(REGISTRIES) || key.equals(API_VERSION) || !RegistryItems.isOfAnItem(text)) {
      return text;
    }
    tell(
        Finding.UNREADABLE,
        key
            + " holds a key of a registry (***); write that into "
            + REGISTRIES
            + ", and here "
            + SAMPLES.get(key));
    return "";
  }

  private AcrCredentialPolicySpec spec(List<Registry> registries) {
    List<String> accounts = names(SERVICE_ACCOUNT, false);
    List<String> namespaces = names(WATCH_NAMESPACE, true);
    if (accounts.equals(ALL) && !namespaces.equals(ALL)) {
      if (text(WATCH_NAMESPACE).isEmpty()) {
        namespaces = ALL;
      } else {
        tell(
            Finding.LIMITED,
            "service-account \"*\" means every ServiceAccount of the namespaces in"
                + " watch-namespace; for those of all namespaces write watch-namespace: \"all\"");
      }
    }
    String threshold = threshold();
    String email = plain(EMAIL);
    if (!email.chars().allMatch(c -> c > ' ' && c < 0x7f && "\"'<>".indexOf(c) < 0)) {
      tell(Finding.ITEM_IGNORED, EMAIL + " is no address; write one such as ops@example.com");
      email = "";
    }
    return new AcrCredentialPolicySpec(
        registries,
        new Targets(new Namespaces(namespaces, null, null), new ServiceAccounts(accounts, null)),
        Binding.Append,
        threshold.isEmpty() ? "15m" : threshold,
        email.isEmpty() ? null : email,
        false);
  }

  /**
   * Leaves out what the policy's rules refuse; where nothing is left of a list, all stays as it is.
   */
  private ParseResult judge(RegistryItems items, AcrCredentialPolicySpec spec, boolean readable) {
    ValidatedPolicy plan = validate(spec);
    List<Registry> registries = new ArrayList<>();
    for (int i = 0; i < spec.registries().size(); i++) {
      if (plan.registries().get(i).isAccepted()) {
        registries.add(spec.registries().get(i));
      } else {
        items.leaveOut(i, plan.registries().get(i).problems());
      }
    }
    Set<String> wrong = new HashSet<>();
    for (FieldError problem : plan.problems()) {
      wrong.add(problem.field());
      judge(problem);
    }
    Targets targets = spec.targets();
    List<String> namespaces =
        without(wrong, "spec.targets.namespaces.names", targets.namespaces().names());
    List<String> accounts =
        without(wrong, "spec.targets.serviceAccounts.names", targets.serviceAccounts().names());
    if (registries.isEmpty() && readable) {
      nothingLeft(REGISTRIES);
    }
    if (namespaces.isEmpty()) {
      nothingLeft(WATCH_NAMESPACE);
    }
    if (accounts.isEmpty()) {
      nothingLeft(SERVICE_ACCOUNT);
    }
    if (unreadable()) {
      return new ParseResult.Unreadable(List.copyOf(findings));
    }
    return new ParseResult.Understood(
        new AcrCredentialPolicySpec(
            List.copyOf(registries),
            new Targets(
                new Namespaces(namespaces, null, null), new ServiceAccounts(accounts, null)),
            spec.binding(),
            spec.refreshBefore(),
            wrong.contains("spec.email") ? null : spec.email(),
            spec.suspend()),
        items.keysOf(registries),
        List.copyOf(findings));
  }

  private void judge(FieldError problem) {
    String value = TextMatching.quoted(problem.found()) + ": " + problem.fix();
    if (problem.field().startsWith("spec.targets.namespaces.names[")) {
      tell(Finding.ITEM_IGNORED, WATCH_NAMESPACE + " has " + value);
    } else if (problem.field().startsWith("spec.targets.serviceAccounts.names[")) {
      tell(Finding.ITEM_IGNORED, SERVICE_ACCOUNT + " has " + value);
    } else if (problem.field().equals("spec.email")) {
      tell(Finding.ITEM_IGNORED, EMAIL + " is " + value);
    } else if (!problem.found().equals("0 items")) { // which are named one by one
      String key =
          switch (problem.field()) {
            case "spec.refreshBefore" -> THRESHOLD;
            case "spec.targets.namespaces.names" -> WATCH_NAMESPACE;
            case "spec.targets.serviceAccounts.names" -> SERVICE_ACCOUNT;
            default -> REGISTRIES;
          };
      tell(Finding.UNREADABLE, key + " is " + value);
    }
  }

  private static List<String> without(Set<String> wrong, String field, List<String> names) {
    List<String> right = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (!wrong.contains(field + "[" + i + "]")) {
        right.add(names.get(i));
      }
    }
    return List.copyOf(right);
  }

  private void nothingLeft(String key) {
    tell(Finding.UNREADABLE, key + ": no usable entry is left, so nothing is changed");
  }

  /** Names of Kubernetes objects are lower-case, and the docs write {@code Default}. */
  private List<String> names(String key, boolean allIsAWord) {
    String text = mended(key);
    List<String> names = TextMatching.commaList(text);
    List<String> forgiving = TextMatching.forgivingList(text);
    if (!names.equals(forgiving) && repairs.allow(Repair.SEPARATORS, key, 1)) {
      names = forgiving;
    }
    if (names.contains("*") || (allIsAWord && names.contains("all"))) {
      names.stream()
          .filter(name -> !name.equals("*") && !NAME.matcher(name).matches())
          .forEach(
              name ->
                  tell(
                      Finding.ITEM_IGNORED,
                      key
                          + " has "
                          + TextMatching.quoted(name)
                          + " beside all, which has no effect"));
      return ALL;
    }
    return names.isEmpty() ? List.of("default") : names;
  }

  private String threshold() {
    String text = plain(THRESHOLD);
    String usual = TextMatching.duration(text);
    return text.isEmpty()
        ? "15m"
        : usual.equals(text) || !repairs.allow(Repair.DURATION, THRESHOLD, 1) ? text : usual;
  }

  /** A value that has no quotes of its own. */
  private String plain(String key) {
    String text = mended(key).strip();
    int from = 0;
    int to = text.length();
    while (from < to && "\"'".indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (to > from && "\"',;".indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    String bare = text.substring(from, to).strip();
    return bare.equals(text) || !repairs.allow(Repair.SEPARATORS, key, 1) ? text : bare;
  }

  /** Without comments, where those are forgiven. */
  private String mended(String key) {
    String text = repairs.mend(key, text(key), KeySchema.NONE);
    String bare = text.replaceAll("(^|\\s)#[^\n]*", "");
    return bare.equals(text) || !repairs.allow(Repair.SLASH_COMMENT, key, 1) ? text : bare;
  }

  private String mended(KeySchema schema, String text) {
    return text.isBlank() ? text : repairs.mend(schema.label(), text, schema);
  }

  /** The {@code enable} of a small YAML mapping. */
  private boolean enabled(KeySchema schema) {
    String key = schema.label();
    attempt(
        () -> {
          Optional<Node> root = YamlText.parse(key, mended(schema, text(key)));
          if (root.isEmpty()) {
            return;
          }
          if (TextMatching.truth(YamlText.scalar(root.get()).orElse("")).isPresent()
              && repairs.allow(Repair.SWITCH, key, YamlText.line(root.get()))) {
            enabled.put(key, TextMatching.truth(YamlText.scalar(root.get()).get()).get());
            return;
          }
          if (!(root.get() instanceof MappingNode mapping)) {
            throw new UnreadableException(YamlText.at(key, root.get()) + ": write enable: true");
          }
          Map<String, String> values = new MappingReader(key, schema, repairs).of(mapping);
          for (String name : values.keySet()) {
            if (!schema.knows(name)) {
              String message =
                  key
                      + ": key "
                      + (RegistryItems.KEY_LIKE.matcher(name).matches()
                          ? TextMatching.quoted(name)
                          : "***")
                      + " is unknown"
                      + TextMatching.suggestion(name, schema.names());
              if (values.get(name).equals(MappingReader.MATTERS)
                  || TextMatching.resembles(name, "enable")) {
                throw new UnreadableException(message);
              }
              tell(Finding.UNKNOWN_KEY, message);
            }
          }
          enabled.put(key, isTrue(key, values.getOrDefault("enable", ""), mapping));
        });
    return enabled.getOrDefault(key, false);
  }

  private boolean isTrue(String key, String text, Node node) throws UnreadableException {
    String word = text.toLowerCase(Locale.ROOT);
    if (word.equals("true") || word.equals("false") || word.isEmpty()) {
      return word.equals("true");
    }
    if (TextMatching.truth(word).isPresent()
        && repairs.allow(Repair.SWITCH, key, YamlText.line(node))) {
      return TextMatching.truth(word).get();
    }
    throw new UnreadableException(
        YamlText.at(key, node) + ": enable can be true or false; write enable: true");
  }

  private String text(String key) {
    String text = data.get(key);
    return text == null ? "" : key.equals(REGISTRIES) ? text : text.strip();
  }

  private boolean attempt(Step step) {
    try {
      step.run();
      return true;
    } catch (UnreadableException e) {
      tell(Finding.UNREADABLE, e.getMessage() + ". Nothing is changed until then");
      return false;
    }
  }

  private boolean unreadable() {
    return findings.stream().anyMatch(f -> f.cause().equals(Finding.UNREADABLE));
  }

  private void tell(String cause, String message) {
    findings.add(new Finding(cause, message));
  }

  private static ValidatedPolicy validate(AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy policy = new AcrCredentialPolicy();
    policy.setMetadata(new ObjectMetaBuilder().withName("acr-configuration").build());
    policy.setSpec(spec);
    return PolicyValidator.validate(policy);
  }

  private interface Step {
    void run() throws UnreadableException;
  }
}
