// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.CommandOutput;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.check.CheckCommand;
import io.acrcredential.operator.check.CheckOptions;
import io.acrcredential.operator.cleanup.CleanupCommand;
import io.acrcredential.operator.cleanup.CleanupOptions;
import io.acrcredential.operator.cli.ProgramVersion;
import io.acrcredential.operator.cli.UsageException;
import io.acrcredential.operator.explain.ExplainCommand;
import io.acrcredential.operator.explain.ExplainOptions;
import io.acrcredential.operator.startup.ApiServerProxy;
import io.acrcredential.operator.startup.KubeconfigCheck;
import io.acrcredential.operator.startup.LogSanitizer;
import io.acrcredential.operator.startup.StartFailure;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;
import java.util.function.Consumer;

/** The entry point. Without an argument it runs the operator, else the command that it names. */
@QuarkusMain
public final class Main {

  private static final int OK = 0;
  private static final int USAGE_ERROR = 2;

  private static final String USAGE =
      """
      Usage: acr-credential-operator [COMMAND]

      Without a command, runs the operator. Settings are read from the environment (ACR_...), the cluster connection
      from KUBECONFIG or from the ServiceAccount of the pod.

        cleanup      remove everything the operator wrote to the cluster, even if no operator runs anymore:
                     imagePullSecrets entries, pull Secrets, state Secrets and the finalizer of every policy.
                     Policies are kept, except the one compiled from the ConfigMap acr-configuration.
            --delete-policies   delete all policies
            --hand-over         keep pull Secrets and entries for the ACK credential helper, which will renew them;
                                implied if the Deployment kube-system/aliyun-acr-credential-helper has a ready pod
            --hook-job=NAMESPACE/NAME   remove nothing unless Helm or Flux created this Job: for the Job of the chart
        check        find the identity as the operator does, request a token and the domains, and print what happened;
                     writes nothing and needs no cluster. Without --instance, what the policies of the cluster name
            --region R          the region, such as cn-hangzhou; by default as the operator detects it
            --instance ID       an instance, such as cri-abc; empty for the Personal Edition
            -o json|yaml        print data instead of text
        explain      say which link between a policy and a pod is broken, and what to do; only reads, with your rights
            pod NAMESPACE/NAME | serviceaccount NAMESPACE/NAME | namespace NAME | image REFERENCE | policy NAME
            --lang en|zh        the language; by default that of the locale
            --operator-namespace NAMESPACE   of the operator; by default where it is found
            -o json|yaml        print data instead of text
        --help       print this help
        --version    print the version

      Exit code: 0 success; 1 failure, described in the output; 2 invalid usage, or check and explain have no conclusion.
      """;

  private Main() {}

  /**
   * Does not return after Quarkus has started, which ends the process with the exit code of the
   * command.
   */
  public static void main(String... args) {
    LogSanitizer.silenceWireLoggers();
    String command = args.length == 0 ? "" : args[0];
    switch (command) {
      case "" -> run(OperatorCommand.class, args);
      case "cleanup" -> cleanup(args);
      case "check" -> diagnose(CheckCommand.class, CheckOptions::parse, args);
      case "explain" -> diagnose(ExplainCommand.class, ExplainOptions::parse, args);
      case "--help", "-h", "help" -> printAndExit(USAGE);
      case "--version" -> printAndExit(ProgramVersion.get() + System.lineSeparator());
      default -> exitWithUsageError("Unknown command \"" + command + "\".");
    }
  }

  private static void cleanup(String... args) {
    List<String> options = List.of(args).subList(1, args.length);
    if (options.contains("--help") || options.contains("-h")) {
      printAndExit(USAGE);
    }
    options.stream()
        .filter(option -> !CleanupOptions.isValid(option))
        .findFirst()
        .ifPresent(option -> exitWithUsageError("Unknown option of cleanup: \"" + option + "\"."));
    separateOutputAndLog();
    run(CleanupCommand.class, options.toArray(String[]::new));
  }

  /**
   * Runs a command that only reads.
   *
   * @param parse fails for wrong arguments
   */
  private static void diagnose(
      Class<? extends QuarkusApplication> command, Consumer<List<String>> parse, String... args) {
    List<String> words = List.of(args).subList(1, args.length);
    if (words.contains("--help") || words.contains("-h")) {
      printAndExit(USAGE);
    }
    try {
      parse.accept(words);
    } catch (UsageException e) {
      exitWithUsageError(e.getMessage());
    }
    separateOutputAndLog();
    // What is worth knowing is in the output.
    System.setProperty("quarkus.log.level", "WARN");
    run(command, words.toArray(String[]::new));
  }

  /** A command serves no HTTP requests, and its output must not be mixed with log lines. */
  private static void separateOutputAndLog() {
    System.setProperty("quarkus.http.host-enabled", "false");
    System.setProperty("quarkus.log.console.stderr", "true");
  }

  private static void run(Class<? extends QuarkusApplication> command, String... args) {
    try {
      KubeconfigCheck.run(System.getenv("KUBECONFIG"));
    } catch (StartException e) {
      StartFailure.exit(0, e);
    }
    ApiServerProxy.hide(System.getenv());
    Quarkus.run(command, StartFailure::exit, args);
  }

  private static void exitWithUsageError(String problem) {
    CommandOutput.printError(problem + System.lineSeparator() + System.lineSeparator() + USAGE);
    System.exit(USAGE_ERROR);
  }

  private static void printAndExit(String text) {
    CommandOutput.print(text);
    System.exit(OK);
  }
}
