// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.Operator;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.Test;

class JosdkThreadsTest {

  @Test
  void keepsOneThreadInTheScheduler() {
    // given
    Operator operator =
        new Operator(
            overrider ->
                overrider.withKubernetesClient(
                    new KubernetesClientBuilder().withConfig(Config.empty()).build()));
    var threads = operator.getConfigurationService().getExecutorServiceManager();
    try {
      // when
      JosdkThreads.calmScheduler(operator);

      // then
      assertThat(threads.scheduledExecutorService())
          .isInstanceOfSatisfying(
              ScheduledThreadPoolExecutor.class,
              pool -> assertThat(pool.getCorePoolSize()).isEqualTo(1));
    } finally {
      threads.stop(Duration.ZERO);
      operator.getKubernetesClient().close();
    }
  }
}
