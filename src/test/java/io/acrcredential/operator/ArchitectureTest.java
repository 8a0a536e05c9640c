// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.acrcredential.operator.dns.UncachedResolver;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.InvalidSetting;
import io.acrcredential.operator.text.SanitizedMessage;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.dsl.EditReplacePatchable;
import io.fabric8.kubernetes.client.dsl.Replaceable;
import io.fabric8.kubernetes.client.dsl.Updatable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.UniAwait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The package walls of {@code docs/architecture.md}, and rules that hold for all code. */
class ArchitectureTest {

  private static final String HOUSE = "io.acrcredential.operator";
  private static final String[] PIPELINES = {
    HOUSE + ".alibabacloud..", HOUSE + ".credentials..", HOUSE + ".token.."
  };

  private static JavaClasses main;

  @BeforeAll
  static void read() {
    main = new ClassFileImporter().importPath("target/classes");
    assertThat(main.size()).isGreaterThan(50);
  }

  /** "root" is what all may use: Settings, SensitiveString, and the package text. */
  @ParameterizedTest
  @CsvSource({
    "text,             text",
    "api.v1alpha1,     root",
    "dns,              root",
    "policy,           root api",
    "configmap.parser.repair, root",
    "configmap.parser.yaml, root configmap.parser.repair",
    "configmap.parser, root api policy",
    "endpoint,         root",
    "alibabacloud,     root api policy dns endpoint",
    "alibabacloud.client, root api policy endpoint alibabacloud",
    "credentials,      root api policy endpoint alibabacloud",
    "token,            root api policy endpoint alibabacloud credentials",
    "kubernetes.filter, root",
    "kubernetes.watch, root",
    "kubernetes,       root",
    "leader,           root kubernetes",
    "queue,            root api kubernetes",
    "tokenstate,       root policy endpoint alibabacloud token kubernetes",
    "pullsecret,       root policy alibabacloud token kubernetes",
    "serviceaccount,   root policy kubernetes",
    "index,            root api policy alibabacloud token kubernetes pullsecret serviceaccount",
    "admission.webhook.certificate, root",
    "admission.webhook, root api policy kubernetes queue index",
    "admission,        root api policy kubernetes queue serviceaccount index",
    "sync,             root api policy alibabacloud token kubernetes queue pullsecret"
        + " serviceaccount index admission",
    "pod,              root api policy token kubernetes queue pullsecret serviceaccount index",
    "configmap,        root api policy configmap.parser kubernetes queue pullsecret",
    "controller,       root api policy endpoint alibabacloud credentials token kubernetes queue pullsecret"
        + " index admission pod sync configmap tokenstate",
    "cleanup,          root api admission configmap kubernetes leader pullsecret serviceaccount tokenstate",
    "startup,          root policy endpoint alibabacloud",
    "cli,              root",
    "check,            root api policy endpoint alibabacloud credentials kubernetes startup cli",
    "explain.facts,    root api policy configmap.parser pod",
    "explain.finding,  root cli",
    "explain.link,     root api policy configmap cli explain.facts explain.finding",
    "statuspage,       root api kubernetes queue index cli explain.finding explain.link",
    "explain,          root api policy configmap kubernetes leader pod pullsecret cli explain.facts explain.finding explain.link",
  })
  void roomsLookOnlyToTheLeft(String room, String others) {
    String[] seen =
        Stream.concat(Stream.of(room), Stream.of(others.split(" ")))
            .flatMap(
                other ->
                    other.equals("root") ? Stream.of("", ".text") : Stream.of("." + other + ".."))
            .map(HOUSE::concat)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(HOUSE + "." + room + "..")
        .should()
        .onlyDependOnClassesThat(not(resideInAPackage(HOUSE + "..")).or(resideInAnyPackage(seen)))
        .check(main);
  }

  @Test
  void whatAllMayUseUsesNoRoom() {
    classes()
        .that()
        .resideInAPackage(HOUSE)
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage(HOUSE + "..")).or(resideInAnyPackage(HOUSE, HOUSE + ".text")))
        .check(main);
  }

  @Test
  void everyClassHasARoom() {
    classes()
        .that()
        .resideOutsideOfPackage("io.vertx.core.impl.resolver") // takes the place of Vert.x' own
        .should()
        .resideInAnyPackage(
            Stream.of(
                    "",
                    ".text",
                    ".api.v1alpha1",
                    ".dns",
                    ".policy",
                    ".configmap",
                    ".configmap.parser",
                    ".configmap.parser.repair",
                    ".configmap.parser.yaml",
                    ".endpoint",
                    ".alibabacloud",
                    ".alibabacloud.client",
                    ".credentials",
                    ".token",
                    ".tokenstate",
                    ".kubernetes",
                    ".kubernetes.filter",
                    ".kubernetes.watch",
                    ".leader",
                    ".queue",
                    ".pullsecret",
                    ".serviceaccount",
                    ".index",
                    ".admission",
                    ".admission.webhook",
                    ".admission.webhook.certificate",
                    ".pod",
                    ".sync",
                    ".controller",
                    ".cleanup",
                    ".startup",
                    ".cli",
                    ".check",
                    ".explain",
                    ".explain.facts",
                    ".explain.finding",
                    ".explain.link",
                    ".statuspage",
                    ".app")
                .map(HOUSE::concat)
                .toArray(String[]::new))
        .check(main);
  }

  @Test
  void noCycles() {
    slices().matching(HOUSE + ".(*)..").should().beFreeOfCycles().check(main);
    slices().matching(HOUSE + ".(**)").should().beFreeOfCycles().check(main);
  }

  /** Nested classes count as their outermost class. */
  @Test
  void classesHaveNoCycles() {
    SliceAssignment outermostClasses =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith(HOUSE)
                ? SliceIdentifier.of(type.getName().replaceFirst("\\$.*", ""))
                : SliceIdentifier.ignore();
          }

          @Override
          public String getDescription() {
            return "outermost classes";
          }
        };
    slices().assignedFrom(outermostClasses).should().beFreeOfCycles().check(main);
  }

  @Test
  void pipelinesKnowNoKubernetesClient() {
    noClasses()
        .that()
        .resideInAnyPackage(PIPELINES)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.fabric8..")
        .check(main);
  }

  @Test
  void pipelinesNeverBlock() {
    noClasses()
        .that()
        .resideInAnyPackage(PIPELINES)
        .should()
        .callMethodWhere(
            target(owner(assignableTo(Uni.class)))
                .and(target(name("await")))
                .or(target(owner(assignableTo(UniAwait.class))))
                .or(target(owner(assignableTo(Multi.class))).and(target(name("subscribeAsStream"))))
                .or(target(owner(assignableTo(CompletableFuture.class))).and(target(name("join"))))
                .or(target(owner(assignableTo(Future.class))).and(target(name("get"))))
                .or(
                    target(owner(assignableTo(CompletionStage.class)))
                        .and(target(name("toCompletableFuture"))))
                .or(target(owner(assignableTo(CountDownLatch.class))).and(target(name("await"))))
                .or(target(owner(assignableTo(Thread.class))).and(target(name("sleep"))))
                .or(target(owner(assignableTo(Object.class))).and(target(name("wait")))))
        .check(main);
  }

  @Test
  void oneWayToLog() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(HOUSE + ".CommandOutput") // answers, logs nothing
        .and()
        .doNotHaveFullyQualifiedName(HOUSE + ".startup.LogSanitizer") // a filter of all logs
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.util.logging", "org.slf4j..", "org.apache.log4j.."))
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(main);
  }

  /** The messages of libraries quote what they fail on: {@link ExceptionText} alone reads them. */
  @Test
  void oneWayFromAForeignExceptionToWords() {
    DescribedPredicate<JavaClass> foreign =
        assignableTo(Throwable.class)
            .and(not(assignableTo(SanitizedMessage.class)))
            .or(equivalentTo(io.fabric8.kubernetes.api.model.Status.class))
            .or(equivalentTo(StatusCause.class));
    DescribedPredicate<JavaCall<?>> reads =
        target(owner(foreign))
            .and(
                target(name("getMessage"))
                    .or(target(name("getLocalizedMessage")))
                    .or(target(name("toString"))));
    noClasses()
        .that()
        .doNotBelongToAnyOf(
            ExceptionText.class,
            InvalidSetting.class, // shows no value but those of the operator's own settings
            UncachedResolver.class) // compares, and shows nothing
        .should()
        .callMethodWhere(reads)
        .check(main);
  }

  /**
   * What the rule above cannot see: loggers, {@code %s} and {@code +} read an exception by
   * themselves, so what they get has gone through {@link ExceptionText}.
   */
  @Test
  void noExceptionIsPrintedAsAnObject() throws IOException {
    Pattern caught = Pattern.compile("catch \\([^)]* (\\w+)\\) \\{");
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        Set<String> names = new TreeSet<>(Set.of("failure", "error"));
        caught.matcher(source).results().forEach(found -> names.add(found.group(1)));
        Pattern printed =
            Pattern.compile(
                "(?s)LOG\\.\\w+\\((?:[^;\"]|\"[^\"]*\")*?[,(+]\\s*(?:%1$s)\\s*[,)+]|\"\\s*\\+\\s*(?:%1$s)\\s*[;,)+]"
                    .formatted(String.join("|", names)));
        List<String> found =
            printed
                .matcher(source)
                .results()
                .map(MatchResult::group)
                .filter(text -> !text.matches("(?s).*ExceptionText\\.\\w+\\(\\w+\\s*[,)+]"))
                .toList();
        assertThat(found).as(file.toString()).isEmpty();
      }
    }
  }

  @Test
  void noTestCodeInTheArtifact() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "..testkit..",
                "org.junit..",
                "org.assertj..",
                "net.jqwik..",
                "org.awaitility..",
                "com.google.cloud.tools.jib..",
                "com.aliyun..",
                "io.fabric8.kubernetes.client.server.mock..",
                "io.fabric8.kubeapitest.."))
        .check(main);
    assertThat(main)
        .extracting(JavaClass::getPackageName)
        .noneMatch(packageName -> packageName.contains("testkit") || packageName.contains("demo"));
    assertThat(tests())
        .as("it is there, and is not what was looked at above")
        .extracting(JavaClass::getPackageName)
        .contains(HOUSE + ".testkit");
  }

  /** The operator, a controller or the API server may write between the reading and the writing. */
  @Test
  void testsEditByOneHelperThatRetriesOnConflicts() {
    DescribedPredicate<JavaCall<?>> writesTheVersionThatWasRead =
        target(
                owner(
                    assignableTo(EditReplacePatchable.class)
                        .or(assignableTo(Updatable.class))
                        .or(assignableTo(Replaceable.class))))
            .and(target(nameMatching("accept|(edit|replace|update|patch)(Status)?")))
            // A patch that is text compares no versions, unless the text does.
            .and(not(target(rawParameterTypes(PatchContext.class, String.class))))
            .and(not(describe("a writer that wants conflicts", ArchitectureTest::wantsConflicts)));
    noClasses()
        .that()
        .doNotBelongToAnyOf(Edits.class)
        .should()
        .callMethodWhere(writesTheVersionThatWasRead)
        .check(tests());
  }

  private static boolean wantsConflicts(JavaCall<?> call) {
    return call.getOrigin().getFullName().startsWith(HOUSE + ".sync.BindingIT.addEntry(");
  }

  /**
   * The Kubernetes client extension of Quarkus registers the type that a handler handles for
   * reflection in a native image. If it is a type variable, this is its bound with all
   * implementations: all kinds of the client, which the image then contains.
   */
  @Test
  void genericHandlersHaveNoBound() {
    List<JavaClass> handlers =
        main.stream()
            .filter(assignableTo(ResourceEventHandler.class).or(assignableTo(Watcher.class)))
            .filter(handler -> !handler.getTypeParameters().isEmpty())
            .toList();

    assertThat(handlers).isNotEmpty();
    assertThat(handlers)
        .allSatisfy(
            handler ->
                assertThat(handler.getTypeParameters())
                    .allSatisfy(
                        parameter ->
                            assertThat(parameter.getUpperBounds())
                                .extracting(JavaType::getName)
                                .containsExactly(Object.class.getName())));
  }

  private static JavaClasses tests() {
    return new ClassFileImporter()
        .withImportOption(new ImportOption.OnlyIncludeTests())
        .importPath("target/test-classes");
  }
}
