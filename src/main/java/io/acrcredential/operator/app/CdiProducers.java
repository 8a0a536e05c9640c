// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.admission.webhook.WebhookOptions;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.cli.ProgramVersion;
import io.acrcredential.operator.controller.PolicyApplier;
import io.acrcredential.operator.controller.PolicyStatusService;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.kubernetes.WriteFenceInterceptor;
import io.acrcredential.operator.kubernetes.filter.ResponseFilter;
import io.acrcredential.operator.kubernetes.filter.WatchEventSerialization;
import io.acrcredential.operator.kubernetes.watch.WatchConnections;
import io.acrcredential.operator.kubernetes.watch.WatchHttpClientFactory;
import io.acrcredential.operator.startup.ApiServerProxy;
import io.acrcredential.operator.startup.RegionDetection;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapper;
import io.quarkus.kubernetes.client.KubernetesResources;
import io.quarkus.runtime.ImageMode;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** CDI producers of objects whose classes are not beans themselves. */
final class CdiProducers {

  /** The region is detected once, at start. */
  private static final int NODE_LIST_RETRIES = 5;

  @Produces
  @Singleton
  EndpointClocks endpointClocks() {
    return new EndpointClocks(Clock.systemUTC());
  }

  /**
   * The client as Quarkus configures it, but for the proxy, with interceptors that handle {@code
   * Retry-After} and the write fence. It does not retry requests: whoever sends one retries it,
   * while it still leads. Its name is what audit logs show, and by default the owner of the fields
   * that it writes.
   */
  @Produces
  @Singleton
  KubernetesClient kubernetesClient(
      Config config,
      KubernetesSerialization serialization,
      RetryAfterInterceptor retryAfter,
      WriteFenceInterceptor fence,
      ResponseFilter responseFilter,
      Vertx vertx,
      WatchConnections watches) {
    config.setUserAgent(JsonPatch.FIELD_MANAGER + "/" + ProgramVersion.get());
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(ApiServerProxy.decide(config, System.getenv()))
            .withHttpClientFactory(new WatchHttpClientFactory(vertx, watches))
            .withKubernetesSerialization(serialization)
            .withHttpClientBuilderConsumer(
                builder ->
                    builder
                        .addOrReplaceInterceptor("RETRY_AFTER", retryAfter)
                        .addOrReplaceInterceptor("WRITE_FENCE", fence)
                        .addOrReplaceInterceptor("RESPONSE_FILTER", responseFilter))
            .build();
    return RetryAfterInterceptor.withoutRetries(client);
  }

  /** Replaces that of the Quarkus extension. */
  @Produces
  @Singleton
  @SuppressWarnings({"rawtypes", "unchecked"})
  KubernetesSerialization kubernetesSerialization(
      @KubernetesClientObjectMapper ObjectMapper mapper, @KubernetesResources Class[] resources) {
    KubernetesSerialization serialization = new WatchEventSerialization(mapper);
    for (Class<? extends KubernetesResource> resource : resources) {
      serialization.registerKubernetesResource(resource);
    }
    return serialization;
  }

  @Produces
  @Singleton
  RegionDetection regionDetection(
      Settings settings, EcsMetadata metadata, KubernetesClient client) {
    return new RegionDetection(
        settings.region(),
        RegionDetection::environment,
        metadata,
        RetryAfterInterceptor.withRetries(client, NODE_LIST_RETRIES));
  }

  /** The webhook listens on the same addresses as health and metrics. */
  @Produces
  @Singleton
  WebhookOptions webhookOptions(
      Settings settings,
      @ConfigProperty(name = "quarkus.http.host", defaultValue = "0.0.0.0") String host) {
    return WebhookOptions.of(settings, host, RuntimeIdentity.credentialsNamespace(settings));
  }

  @Produces
  @Singleton
  PolicyApplier policyApplier(OperatorComponents components) {
    return components.policies;
  }

  @Produces
  @Singleton
  PolicyStatusService policyStatusService(OperatorComponents components) {
    return components.policyStatuses;
  }

  @Produces
  @Singleton
  PolicyStatusEventSource policyStatusEventSource(OperatorComponents components) {
    return components.policyStatusEvents;
  }

  @Produces
  @Singleton
  WriteFence writeFence(OperatorComponents components) {
    return components.fence;
  }

  /**
   * Metrics of JOSDK per controller, not per policy. Produced here because the Quarkus extension
   * provides two implementations, and the start-up order decides which one is used.
   */
  @Produces
  @Singleton
  Metrics josdkMetrics(MeterRegistry meters) {
    return MicrometerMetricsV2.newBuilder(meters).build();
  }

  /**
   * JOSDK 5.3.2 counts {@code events.received} with the tag {@code action} for a policy's own
   * events and without it for others. Prometheus requires the same labels on all of them. The
   * registry of Quarkus throws if they differ, and the policy would never be reconciled again.
   */
  @Produces
  @Singleton
  MeterFilter sameTagsOnAllEvents() {
    return new MeterFilter() {
      @Override
      public Meter.Id map(Meter.Id id) {
        return id.getName().equals("events.received") && id.getTag("action") == null
            ? id.withTag(Tag.of("action", "NONE"))
            : id;
      }
    };
  }

  /** A native image cannot count threads by state: this metric is always 0 there. */
  @Produces
  @Singleton
  MeterFilter onlyTrueMetrics() {
    return ImageMode.current() == ImageMode.NATIVE_RUN
        ? MeterFilter.denyNameStartsWith("jvm.threads.states")
        : new MeterFilter() {};
  }
}
