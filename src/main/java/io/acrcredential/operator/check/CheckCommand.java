// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.CommandOutput;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.client.AcrClient;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.cli.ProgramVersion;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.startup.RegionDetection;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * {@code check}: finds the identity as the operator does, requests a token and the domains, and
 * prints what happened. It writes nothing, and needs no cluster.
 */
@Singleton
public final class CheckCommand implements QuarkusApplication {

  private final KubernetesClient client;
  private final Settings settings;
  private final AcrClient acr;
  private final StsOperations sts;
  private final EcsMetadata metadata;
  private final ClusterRegion clusterRegion;
  private final RegionDetection regions;

  CheckCommand(
      KubernetesClient client,
      Settings settings,
      AcrClient acr,
      StsOperations sts,
      EcsMetadata metadata,
      ClusterRegion clusterRegion,
      RegionDetection regions) {
    this.client = client;
    this.settings = settings;
    this.acr = acr;
    this.sts = sts;
    this.metadata = metadata;
    this.clusterRegion = clusterRegion;
    this.regions = regions;
  }

  @Override
  public int run(String... args) {
    CheckOptions options = CheckOptions.parse(List.of(args));
    Clock clock = Clock.systemUTC();
    CredentialSecretCache secrets = new CredentialSecretCache();
    CredentialsResolver credentials =
        new CredentialsResolver(
            secrets,
            RuntimeIdentity.credentialsNamespace(settings),
            RegionDetection::environment,
            Path.of(settings.tokenFile()),
            sts,
            metadata);
    Check check =
        new Check(
            new ClusterReader(client, secrets, hasCluster()),
            credentials,
            clusterRegion,
            this::region,
            new RegistryCheck(acr, acr::endpoint, credentials.newBatch(), clock));
    CheckReport report =
        new CheckReport(
            ProgramVersion.get(),
            clock.instant().truncatedTo(ChronoUnit.SECONDS),
            check.run(options));
    CommandOutput.print(options.format().render(report::text, report::data));
    return report.verdict().exitCode();
  }

  /**
   * Without a kubeconfig and outside of a pod, the client would look for a host by a fixed name.
   */
  private static boolean hasCluster() {
    return RegionDetection.environment("KUBERNETES_SERVICE_HOST").isPresent()
        || Config.getKubeconfigFilenames().stream().map(Path::of).anyMatch(Files::isRegularFile);
  }

  private Optional<String> region() {
    try {
      return regions.detect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
