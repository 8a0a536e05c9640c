// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.Config;

/** The default settings, unless a test changes them. */
public final class FakeSettings implements Settings, Settings.Endpoint {

  public Network network = Network.PUBLIC;
  public String registry = "https://cr{network}.{region}.aliyuncs.com";
  String sts;
  public String metadata = "http://100.100.100.200";
  public Boolean metadataHardenedOnly;
  String caBundle;

  /** A configuration with these environment variables only. */
  public static Config config(Map<String, String> environment) {
    return new SmallRyeConfigBuilder().withSources(new EnvConfigSource(environment, 300)).build();
  }

  /** The SDKs' variables of this environment. */
  public static SdkEnvironment sdkEnvironment(Map<String, String> environment) {
    return new SdkEnvironment(name -> Optional.ofNullable(environment.get(name)));
  }

  @Override
  public Optional<String> region() {
    return Optional.empty();
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public Endpoint endpoint() {
    return this;
  }

  @Override
  public Optional<String> configMap() {
    return Optional.empty();
  }

  @Override
  public Optional<String> credentialsNamespace() {
    return Optional.empty();
  }

  @Override
  public String pullSecretName() {
    return "pull";
  }

  @Override
  public Optional<Set<String>> excludedNamespaces() {
    return Optional.empty();
  }

  @Override
  public String tokenFile() {
    return "absent";
  }

  @Override
  public Optional<String> caBundle() {
    return Optional.ofNullable(caBundle);
  }

  @Override
  public StuckPods stuckPods() {
    return StuckPods.IGNORE;
  }

  @Override
  public boolean injectPods() {
    return false;
  }

  @Override
  public double requestsPerSecond() {
    return 10;
  }

  @Override
  public String registry() {
    return registry;
  }

  @Override
  public Optional<String> sts() {
    return Optional.ofNullable(sts);
  }

  @Override
  public Optional<Boolean> metadataHardenedOnly() {
    return Optional.ofNullable(metadataHardenedOnly);
  }

  @Override
  public Optional<String> metadata() {
    return Optional.ofNullable(metadata);
  }

  @Override
  public Webhook webhook() {
    throw new UnsupportedOperationException();
  }

  @Override
  public StatusPage statusPage() {
    throw new UnsupportedOperationException();
  }
}
