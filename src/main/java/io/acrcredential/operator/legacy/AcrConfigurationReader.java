package io.acrcredential.operator.legacy;

import io.acrcredential.operator.policy.AcrCredentialPolicy;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.Problem;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * ConfigMap data → what it asks for: DESIGN section 3. Values are judged by {@link PolicyCompiler},
 * not here.
 */
public final class AcrConfigurationReader {

  /** The Secret of the credentials namespace that holds the AccessKeys written in plain text. */
  public static final String KEYS_SECRET = "acr-configuration-keys";

  static final String REGISTRIES = "acr-registry-info";
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

  private static final List<String> ALL = List.of("*");

  /** Any region will do: which one the cluster is in does not make an item right or wrong. */
  private final PolicyCompiler rules = new PolicyCompiler(Optional.of("cn-hangzhou"));

  /** Never throws. {@code data} may be null, as that of an empty ConfigMap is. */
  public Reading read(Map<String, String> data) {
    return new Reader(data == null ? Map.of() : data).read();
  }

  /** One reading. */
  private final class Reader {
    private final Map<String, String> data;
    private final List<Finding> findings = new ArrayList<>();

    Reader(Map<String, String> data) {
      this.data = data;
    }

    Reading read() {
      new TreeMap<>(data)
          .keySet().stream()
              .filter(key -> !KEYS.contains(key))
              .forEach(
                  key ->
                      tell(
                          Finding.UNKNOWN_KEY,
                          "key "
                              + Words.quoted(key)
                              + " is unknown"
                              + Words.suggestion(key, KEYS)));
      boolean rrsa = enabled(RRSA, Set.of("enable"));
      if (enabled(WEBHOOK, Set.of("enable", "failure-policy", "timeout-seconds"))) {
        tell(
            Finding.NOT_SUPPORTED,
            WEBHOOK
                + " has no effect yet: ServiceAccounts are bound right after they are created, not"
                + " while they are");
      }
      RegistryItems items = new RegistryItems(rrsa, findings);
      boolean readable = attempt(() -> items.read(YamlText.parse(REGISTRIES, text(REGISTRIES))));
      if (!readable || unreadable()) {
        return new Reading.Unreadable(List.copyOf(findings));
      }
      return judge(items, spec(items.registries()));
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
      String threshold = text(THRESHOLD);
      return new AcrCredentialPolicySpec(
          registries,
          new Targets(new Namespaces(namespaces, null, null), new ServiceAccounts(accounts, null)),
          Binding.Append,
          threshold.isEmpty() ? "15m" : threshold,
          text(EMAIL).isEmpty() ? null : text(EMAIL),
          false);
    }

    /**
     * Leaves out what the policy's rules refuse; where nothing is left of a list, all stays as it
     * is.
     */
    private Reading judge(RegistryItems items, AcrCredentialPolicySpec spec) {
      PolicyPlan plan = compile(spec);
      List<Registry> registries = new ArrayList<>();
      for (int i = 0; i < spec.registries().size(); i++) {
        if (plan.registries().get(i).accepted()) {
          registries.add(spec.registries().get(i));
        } else {
          items.leaveOut(i, plan.registries().get(i).problems());
        }
      }
      Set<String> wrong = new HashSet<>();
      for (Problem problem : plan.problems()) {
        wrong.add(problem.field());
        judge(problem);
      }
      Targets targets = spec.targets();
      List<String> namespaces =
          without(wrong, "spec.targets.namespaces.names", targets.namespaces().names());
      List<String> accounts =
          without(wrong, "spec.targets.serviceAccounts.names", targets.serviceAccounts().names());
      if (registries.isEmpty()) {
        nothingLeft(REGISTRIES);
      } else if (namespaces.isEmpty()) {
        nothingLeft(WATCH_NAMESPACE);
      } else if (accounts.isEmpty()) {
        nothingLeft(SERVICE_ACCOUNT);
      }
      if (unreadable()) {
        return new Reading.Unreadable(List.copyOf(findings));
      }
      return new Reading.Understood(
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

    private void judge(Problem problem) {
      String value = Words.quoted(problem.found()) + ": " + problem.fix();
      if (problem.field().startsWith("spec.targets.namespaces.names[")) {
        tell(Finding.ITEM_IGNORED, WATCH_NAMESPACE + " has " + value);
      } else if (problem.field().startsWith("spec.targets.serviceAccounts.names[")) {
        tell(Finding.ITEM_IGNORED, SERVICE_ACCOUNT + " has " + value);
      } else if (problem.field().equals("spec.email")) {
        tell(Finding.ITEM_IGNORED, EMAIL + " is " + value);
      } else if (!problem.found().equals("0 items")) { // which are named one by one
        String key = problem.field().equals("spec.refreshBefore") ? THRESHOLD : REGISTRIES;
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
      List<String> names = Words.commaList(text(key));
      if (names.contains("*") || (allIsAWord && names.contains("all"))) {
        return ALL;
      }
      return names.isEmpty() ? List.of("default") : names;
    }

    /** The {@code enable} of a small YAML mapping. */
    private boolean enabled(String key, Set<String> fields) {
      boolean[] enabled = {false};
      attempt(
          () -> {
            Optional<Node> root = YamlText.parse(key, text(key));
            if (root.isEmpty()) {
              return;
            }
            if (!(root.get() instanceof MappingNode mapping)) {
              throw new UnreadableException(YamlText.at(key, root.get()) + ": write enable: true");
            }
            Map<String, Node> values = YamlText.fields(key, mapping);
            for (String name : values.keySet()) {
              if (!fields.contains(name)) {
                tell(
                    Finding.UNKNOWN_KEY,
                    key
                        + ": key "
                        + Words.quoted(name)
                        + " is unknown"
                        + Words.suggestion(name, fields));
              }
            }
            enabled[0] = values.containsKey("enable") && isTrue(key, values.get("enable"));
          });
      return enabled[0];
    }

    private static boolean isTrue(String key, Node node) throws UnreadableException {
      return switch (YamlText.scalar(node).orElse("?").toLowerCase(Locale.ROOT)) {
        case "true" -> true;
        case "false", "" -> false;
        default ->
            throw new UnreadableException(
                YamlText.at(key, node) + ": enable can be true or false; write enable: true");
      };
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
  }

  private PolicyPlan compile(AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy policy = new AcrCredentialPolicy();
    policy.setMetadata(new ObjectMetaBuilder().withName("acr-configuration").build());
    policy.setSpec(spec);
    return rules.compile(policy);
  }

  private interface Step {
    void run() throws UnreadableException;
  }
}
