// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.StartException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiServerProxyTest {

  private static final String PROXY = "http://proxy.example.com:3128";
  private static final InetSocketAddress PROXY_ADDRESS =
      new InetSocketAddress("proxy.example.com", 3128);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://10.96.0.1:443/          | *",
        "https://10.96.0.1:443/          | .svc, 10.96.0.0/12 ,.cluster.local",
        "https://10.96.0.1:443/          | 10.96.0.1",
        "https://10.96.0.1/              | 10.96.0.1:443",
        "https://10.96.0.1:443/          | .svc 10.0.0.0/8 localhost",
        "https://10.96.0.1:443/          | http://10.96.0.1/",
        "https://kubernetes.default.svc/ | *.svc",
        "https://kubernetes.default.svc/ | .svc",
        "https://kubernetes.default.svc/ | svc",
        "https://api.example.com:6443/   | example.com",
        "https://api.example.com:6443/   | API.example.com",
        "https://api.example.com:6443/   | *.example.com:6443",
        "https://[fd00::1]:6443/         | [fd00::1]",
        "https://[fd00::1]:6443/         | [fd00::1]:6443",
        "https://[fd00::1]:6443/         | fd00::/8",
        "https://127.0.0.1:6443/         | ''",
        "https://[::1]:6443/             | ''",
        "https://localhost:6443/         | ''",
        "https://kube_api.local:6443/    | .local",
      })
  void connectsDirectly(String server, String noProxy) {
    assertThat(proxyOf(server, PROXY, noProxy)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://10.96.0.1:443/        | ''",
        "https://10.96.0.1:443/        | *.svc,[::1],,  ,10.97.0.0/16",
        "https://10.96.0.1:443/        | 10.96.0.1:6443",
        "https://api.example.com:6443/ | example.com:443,*.com.cn,ple.com,fd00::/8",
        "https://kube_api.local:6443/  | .svc",
        "https://example.com:6443/     | .example.com,*.example.com",
        "https://[fd00::1]:6443/       | [fd00::2],10.0.0.0/8,fd00::1:6443",
      })
  void connectsThroughProxy(String server, String noProxy) {
    assertThat(proxyOf(server, PROXY, noProxy)).isEqualTo(PROXY_ADDRESS);
  }

  @ParameterizedTest
  @CsvSource({
    "proxy.example.com:3128, 3128",
    "http://proxy.example.com:3128/, 3128",
    "http://proxy.example.com, 80",
    "https://proxy.example.com, 443",
    "http://user:secret@proxy.example.com, 80",
    "socks5://proxy.example.com:1080, 1080",
  })
  void completesTheAddress(String proxy, int port) {
    assertThat(proxyOf("https://10.96.0.1/", proxy, ""))
        .isEqualTo(new InetSocketAddress("proxy.example.com", port));
  }

  /** The Kubernetes client cannot be made with such variables, and reads properties first. */
  @ParameterizedTest
  @ValueSource(strings = {"a b", "*", "*.svc", "[::1]", " , ", ".svc,10.0.0.0/8"})
  void hidesTheVariablesFromOtherClients(String noProxy) {
    for (String proxy : new String[] {PROXY, "", "proxy.example.com"}) {
      // given
      Map<String, String> properties =
          Map.of(
              "kubernetes.master", "https://10.96.0.1/", "kubernetes.auth.tryKubeConfig", "false");
      properties.forEach(System::setProperty);
      Map<String, String> environment = Map.of("HTTPS_PROXY", proxy, "NO_PROXY", noProxy);
      try {
        // when
        ApiServerProxy.hide(environment);

        // then
        assertThat(System.getProperties()).containsKeys("https.proxy", "http.proxy", "no.proxy");
        try (KubernetesClient other = new KubernetesClientBuilder().build()) {
          assertThat(other.getMasterUrl()).hasToString("https://10.96.0.1/");
        }
        Config config = ApiServerProxy.decide(Config.autoConfigure(null), environment);
        boolean direct = proxy.isEmpty() || noProxy.equals("*") || noProxy.endsWith("/8");
        assertThat(proxyOf(config) == null).as(proxy + noProxy).isEqualTo(direct);
        assertThat(proxyOf(new ConfigBuilder(config).build())).isEqualTo(proxyOf(config));
      } finally {
        properties.keySet().forEach(System::clearProperty);
        List.of("https.proxy", "http.proxy", "no.proxy").forEach(System::clearProperty);
      }
    }
  }

  @Test
  void leavesTheEnvironmentAloneWithoutVariables() {
    // when
    ApiServerProxy.hide(Map.of("PATH", "/bin"));

    // then
    assertThat(System.getProperties()).doesNotContainKeys("https.proxy", "no.proxy");
  }

  /** {@code QUARKUS_KUBERNETES_CLIENT_HTTPS_PROXY} takes precedence over the variables. */
  @Test
  void usesTheProxyOfTheConfiguration() {
    // given
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://10.96.0.1/")
            .withHttpsProxy(PROXY)
            .withNoProxy("*.svc")
            .build();

    // then
    assertThat(
            proxyOf(
                ApiServerProxy.decide(
                    config, Map.of("HTTPS_PROXY", "http://other:1", "NO_PROXY", "*"))))
        .isEqualTo(PROXY_ADDRESS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://canary:1", "http://user:canary@", "http://can ary:1", "://canary"})
  void refusesInvalidAddressWithoutQuotingIt(String proxy) {
    assertThatThrownBy(() -> proxyOf("https://10.96.0.1/", proxy, ""))
        .isInstanceOf(StartException.class)
        .hasMessage("HTTPS_PROXY is not the address of a proxy: write http://host:port")
        .hasNoCause();
  }

  @Test
  void usesTheVariableOfTheScheme() {
    assertThat(
            proxyOf(
                ApiServerProxy.decide(
                    config("http://10.96.0.1:8080/"),
                    Map.of("HTTP_PROXY", PROXY, "HTTPS_PROXY", "http://other:1"))))
        .isEqualTo(PROXY_ADDRESS);
    assertThat(
            proxyOf(
                ApiServerProxy.decide(config("https://10.96.0.1/"), Map.of("ALL_PROXY", PROXY))))
        .isEqualTo(PROXY_ADDRESS);
  }

  private static InetSocketAddress proxyOf(String server, String proxy, String noProxy) {
    return proxyOf(
        ApiServerProxy.decide(config(server), Map.of("HTTPS_PROXY", proxy, "NO_PROXY", noProxy)));
  }

  /** The address that the client gives to its HTTP client; null = it connects directly. */
  private static InetSocketAddress proxyOf(Config config) {
    AtomicReference<Object> address = new AtomicReference<>();
    AtomicReference<Object> type = new AtomicReference<>();
    HttpClient.Builder builder =
        (HttpClient.Builder)
            Proxy.newProxyInstance(
                HttpClient.Builder.class.getClassLoader(),
                new Class<?>[] {HttpClient.Builder.class},
                (self, method, arguments) -> {
                  if (method.getName().equals("proxyAddress")) {
                    address.set(arguments[0]);
                  } else if (method.getName().equals("proxyType")) {
                    type.set(arguments[0]);
                  }
                  return self;
                });
    HttpClientUtils.applyCommonConfiguration(config, builder, null);
    return type.get() == HttpClient.ProxyType.DIRECT ? null : (InetSocketAddress) address.get();
  }

  private static Config config(String server) {
    return new ConfigBuilder(Config.empty()).withMasterUrl(server).build();
  }
}
