#!/usr/bin/env bash
# An idle operator on JOSDK 5.3.2 wakes up a hundred times a second as soon as one task is scheduled.
#
# Expected: a scheduler with one task that is due in an hour sleeps for an hour.
# Seen: JOSDK's ExecutorServiceManager creates it by Executors.newScheduledThreadPool(0). With zero core threads the JDK's
#   pool lets its only worker wait with a time-out of 10 ms (ThreadPoolExecutor's keep-alive of a scheduled pool) instead
#   of until the task is due, and start over. setCorePoolSize(1) ends that.
# Source: io.javaoperatorsdk.operator.api.config.ExecutorServiceManager#start;
#   java.util.concurrent.ScheduledThreadPoolExecutor.DEFAULT_KEEPALIVE_MILLIS and ThreadPoolExecutor#getTask (JDK 17 to 25)
# Why it matters: JOSDK schedules a task for every rescheduled reconciliation and retry, so almost every operator has one.
#   The wake-ups were half of this operator's CPU at rest, and keep the cores of small nodes from idling.
#
# Needs Linux, a JDK 17 and the public Maven repository. Exits with 1 if the behaviour has changed.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.javaoperatorsdk</groupId>
      <artifactId>operator-framework-core</artifactId>
      <version>5.3.2</version>
    </dependency>
  </dependencies>
</project>
POM
"$repository/mvnw" -q -B -ntp -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile=classpath

cat > IdleScheduler.java <<'JAVA'
import io.javaoperatorsdk.operator.api.config.BaseConfigurationService;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

public class IdleScheduler {
  private static final int SECONDS = 5;

  public static void main(String[] arguments) throws Exception {
    ScheduledThreadPoolExecutor scheduler =
        (ScheduledThreadPoolExecutor)
            new BaseConfigurationService().getExecutorServiceManager().scheduledExecutorService();
    scheduler.schedule(() -> {}, 1, TimeUnit.HOURS);
    measure(scheduler);
    scheduler.setCorePoolSize(1);
    measure(scheduler);
    System.exit(0);
  }

  private static void measure(ScheduledThreadPoolExecutor scheduler) throws Exception {
    TimeUnit.SECONDS.sleep(1);
    long before = wakeUps();
    TimeUnit.SECONDS.sleep(SECONDS);
    System.out.println(scheduler.getCorePoolSize() + " " + (wakeUps() - before) / SECONDS);
  }

  /** Voluntary context switches of the threads of all pools; Linux cuts a thread's name after 15 characters. */
  private static long wakeUps() throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        String status;
        try {
          status = Files.readString(thread.resolve("status"));
        } catch (IOException e) {
          continue; // ended meanwhile
        }
        if (status.contains("Name:\tpool-")) {
          sum +=
              status
                  .lines()
                  .filter(line -> line.startsWith("voluntary_ctxt_switches"))
                  .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                  .sum();
        }
      }
    }
    return sum;
  }
}
JAVA
java -cp "$(cat classpath)" IdleScheduler.java 2> /dev/null | tee seen

# About 100 with no core thread on an idle machine, fewer on a busy one; none with one.
awk '$1 == 0 { without = $2 } $1 == 1 { with = $2 }
  END { exit !(without >= 30 && with <= 2) }' seen
echo "as stated"
