// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import io.acrcredential.operator.CommandOutput;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.link.Chain;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;

/**
 * {@code explain}: says which link between a policy and a pod is broken. It only reads, with the
 * rights of the caller, and shows no data of a Secret.
 */
@Singleton
public final class ExplainCommand implements QuarkusApplication {

  private final KubernetesClient client;
  private final Settings settings;

  ExplainCommand(KubernetesClient client, Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  @Override
  public int run(String... args) {
    ExplainOptions options = ExplainOptions.parse(List.of(args));
    Facts facts =
        new FactCollector(client, settings, Clock.systemUTC())
            .collect(options.subject(), options.operatorNamespace());
    Explanation explanation =
        new Explanation(options.subject(), Chain.check(facts), options.language());
    CommandOutput.print(options.format().render(explanation::text, explanation::data));
    return explanation.verdict().exitCode();
  }
}
