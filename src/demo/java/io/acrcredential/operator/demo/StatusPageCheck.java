// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.simulator.Fault;
import io.acrcredential.operator.testkit.simulator.Setup;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * {@code dev/status-page}: the status page of the packaged operator in a real browser. Arguments:
 * the program of Chromium, and where to write the picture.
 */
public final class StatusPageCheck {

  private static final int WIDTH = 1000;
  private static final int HEIGHT = 1050;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path LOG = Path.of("target", "status-page.log");

  /** A registry of a policy of its own, with the lifetime of its tokens. */
  private record Instance(String id, String region, Duration lifetime) {}

  /** Short lives, so that the bars differ within a minute. */
  private static final List<Instance> INSTANCES =
      List.of(
          new Instance("cri-shop", "cn-shanghai", Duration.ofMinutes(60)),
          new Instance("cri-data", "cn-beijing", Duration.ofMinutes(12)),
          new Instance("cri-sea", "ap-southeast-1", Duration.ofMinutes(7)),
          new Instance("cri-edge", "cn-shenzhen", Duration.ofMinutes(4)));

  /** The lowest contrast of any text with what is behind it. */
  private static final String LOWEST_CONTRAST =
      """
      (() => {
        const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
        const luminance = (color) => numbers(color).slice(0, 3)
          .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (node) => {
          const color = getComputedStyle(node).backgroundColor;
          return numbers(color)[3] === 0 ? behind(node.parentElement) : color;
        };
        return Math.min(...[...document.querySelectorAll('body *')]
          .filter((node) => [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
          .map((node) => [luminance(getComputedStyle(node).color), luminance(behind(node))])
          .map(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)));
      })()
      """;

  private final PrintStream out;
  private final OperatorTestEnvironment env;
  private final Chromium browser;
  private final String url;
  private boolean passed = true;

  private StatusPageCheck(
      PrintStream out, OperatorTestEnvironment env, Chromium browser, String url) {
    this.out = out;
    this.env = env;
    this.browser = browser;
    this.url = url;
  }

  public static void main(String[] args) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    PrintStream log = new PrintStream(Files.newOutputStream(LOG), true, StandardCharsets.UTF_8);
    System.setErr(log);
    System.setOut(log);
    int port = FreePort.next();
    try (OperatorTestEnvironment env =
            OperatorTestEnvironment.createOnNewCluster(StatusPageCheck::instances);
        Chromium browser = Chromium.start(args[0], WIDTH, HEIGHT)) {
      env.withVariable("ACR_STATUS_PAGE_PORT", String.valueOf(port)).startOperator();
      StatusPageCheck check =
          new StatusPageCheck(out, env, browser, "http://127.0.0.1:" + port + "/?lang=en");
      check.run(Path.of(args[1]));
      out.println(check.passed ? "All checks passed." : "NOT ALL CHECKS PASSED.");
      System.exit(check.passed ? 0 : 1);
    }
  }

  private static void instances(Setup setup) {
    INSTANCES.forEach(each -> setup.enterprise(each.id(), each.region(), each.id().substring(4)));
  }

  private void run(Path picture) throws IOException {
    createPolicies();
    browser.open(url);
    check(
        "all policies and registries are shown",
        () ->
            is("document.querySelectorAll('#policies ~ .scroll tbody tr').length === 6")
                && is("document.querySelectorAll('#registries ~ .scroll tbody tr').length === 6"));
    check(
        "an error is shown with advice", () -> is(text("INSTANCE_NOT_EXIST") + " && " + text("→")));
    checkContrast("light");
    checkLiveUpdates();
    checkMarkup();
    take(picture);
    String light = background();
    browser.colorScheme("dark");
    check("dark differs from light", () -> !background().equals(light));
    checkContrast("dark");
    browser.colorScheme("light");
    browser.open(url.replace("=en", "=zh"));
    check("Chinese", () -> is(text("镜像仓库实例") + " && document.documentElement.lang === 'zh'"));
    check(
        "no complaint of the browser: " + browser.complaints(),
        () -> browser.complaints().isEmpty());
    checkContentSecurityPolicy();
    checkWithoutScripts();
  }

  private void createPolicies() {
    for (int i = 1; i <= 24; i++) {
      env.createNamespace(
          "team-%02d".formatted(i), Map.of("example.com/team", "team-" + i % INSTANCES.size()));
    }
    env.createPolicy("everybody", policy("cri-abc", "cn-hangzhou", "{}"));
    env.awaitReady("everybody");
    for (int i = 0; i < INSTANCES.size(); i++) {
      Instance each = INSTANCES.get(i);
      env.acr.tokenLifetime(each.lifetime());
      String labels = "{matchLabels: {example.com/team: team-%d}}".formatted(i);
      env.createPolicy(each.id().substring(4), policy(each.id(), each.region(), labels));
      env.awaitReady(each.id().substring(4));
    }
    env.createPolicy("migration", policy("cri-old", "cn-hangzhou", "{}"));
    env.awaitConditionStatus("migration", "Ready", "False");
  }

  private static String policy(String instance, String region, String namespaces) {
    return """
        registries: [{instanceId: %s, region: %s}]
        targets: {namespaces: {selector: %s}, serviceAccounts: {names: ["*"]}}
        """
        .formatted(instance, region, namespaces);
  }

  /** What the user has unfolded stays so, and the page is not loaded again. */
  private void checkLiveUpdates() {
    browser.evaluate("window.sameDocument = true; document.querySelector('details').open = true");
    env.acr.denyAction("1001", "cr:GetAuthorizationToken");
    env.requestRefresh("data");
    check("an error arrives by itself", () -> is(text("Forbidden.RAM")));
    env.acr.allowAction("1001", "cr:GetAuthorizationToken");
    env.requestRefresh("data");
    check("and goes", () -> is("!" + text("Forbidden.RAM")));
    check(
        "in the same document, with what was unfolded",
        () -> is("window.sameDocument === true && document.querySelector('details').open"));
    browser.evaluate("document.querySelector('details').open = false");
  }

  private void checkMarkup() {
    env.acr.inject(
        Fault.error(403, "StatusForbidden", "<img src=x onerror=\"window.markup = true\">")
            .onInstance("cri-data"));
    env.requestRefresh("data");
    check("markup of a service is text", () -> is(text("<img src=x")));
    check(
        "and runs nothing",
        () -> is("!document.querySelector('main img') && window.markup === undefined"));
    env.acr.clearFaults();
    env.requestRefresh("data");
    check("that error goes too", () -> is("!" + text("StatusForbidden")));
  }

  private void checkContentSecurityPolicy() {
    browser.open(url);
    browser.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
            + " {textContent: 'window.injected = true'}))");
    check("a script in the page does not run", () -> is("window.injected === undefined"));
    check(
        "because of the Content-Security-Policy",
        () -> browser.complaints().toString().contains("Content Security Policy"));
  }

  private void checkWithoutScripts() {
    browser.scripts(false);
    browser.open(url);
    check(
        "complete without scripts",
        () -> is("document.querySelectorAll('#registries ~ .scroll tbody tr').length === 6"));
    check(
        "loads itself again without scripts",
        () -> is("document.querySelector('noscript meta[http-equiv=refresh]') !== null"));
    browser.scripts(true);
  }

  private void checkContrast(String scheme) {
    double contrast = browser.evaluate(LOWEST_CONTRAST).asDouble();
    check("contrast in %s: %.1f".formatted(scheme, contrast), () -> contrast >= 4.5);
  }

  private void take(Path picture) throws IOException {
    Poll.until(
        PATIENCE,
        () ->
            is(
                "Math.min(...[...document.querySelectorAll('.bar.ok .fill')].map("
                    + "(bar) => Number(bar.getAttribute('width')))) <= 75"));
    byte[] png = browser.screenshot();
    Files.write(picture, png);
    out.printf("      %s: %d KiB%n", picture, png.length / 1024);
    check("the picture is small", () -> png.length < 150 * 1024);
  }

  private String background() {
    return browser.evaluate("getComputedStyle(document.body).backgroundColor").asText();
  }

  private static String text(String part) {
    return "document.querySelector('main').innerText.includes('%s')".formatted(part);
  }

  private boolean is(String expression) {
    return browser.evaluate(expression).asBoolean();
  }

  private void check(String what, BooleanSupplier condition) {
    boolean ok = Poll.until(PATIENCE, condition);
    passed &= ok;
    out.println((ok ? "ok    " : "FAILED ") + what);
  }
}
