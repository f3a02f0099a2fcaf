package dev.penstock.nbd.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The fuzzer, guided by what an input reaches in the code. In a build it looks at the same inputs
 * each time: the corpus, and about a thousand that it makes of it. To let it look for as long as is
 * wanted, for each target:
 *
 * <pre>mvn test -pl spi,plugins/nbd -Dtest=FuzzTest -Dfuzz.seconds=600 \
 *   -Dsurefire.failIfNoSpecifiedTests=false</pre>
 *
 * <p>What then reaches more than the corpus did is added to it. An input that fails is in {@code
 * target/fuzz}: move it into the corpus, and it stays a test.
 */
class FuzzTest {
  private static final Path CORPUS = Path.of("src/test/fuzz");
  private static final Path FOUND = Path.of("target/fuzz");

  /** With the corpus, which has 579 for the target that has most. */
  private static final int INPUTS = 1600;

  private static final int INPUT_BYTES_MAX = 4096;
  private static final int SECONDS = Integer.getInteger("fuzz.seconds", 0);
  private static final Duration LIMIT = Duration.ofMinutes(5).plusSeconds(SECONDS);

  @ParameterizedTest
  @ValueSource(
      classes = {ConversationFuzz.class, OldStyleFuzz.class, TlsFuzz.class, CrowdFuzz.class})
  void whatTheCorpusHoldsIsHandled(Class<?> target) throws Exception {
    Method fuzz = target.getMethod("fuzzerTestOneInput", byte[].class);
    List<Path> inputs;
    try (Stream<Path> files = Files.list(CORPUS.resolve(target.getSimpleName()))) {
      inputs = files.sorted().toList();
    }
    assertThat(inputs).isNotEmpty();
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      assertThat(fuzz).as(input.toString()).satisfies(it -> it.invoke(null, (Object) bytes));
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {ConversationFuzz.class, OldStyleFuzz.class, TlsFuzz.class, CrowdFuzz.class})
  void whatTheFuzzerMakesOfTheCorpusIsHandled(Class<?> target) throws Exception {
    Path corpus = CORPUS.resolve(target.getSimpleName());
    Path found = Files.createDirectories(FOUND.resolve(target.getSimpleName()));
    if (SECONDS == 0) {
      fuzz(target, "-runs=" + INPUTS, "-seed=1", empty(found), corpus);
      return;
    }
    fuzz(target, "-max_total_time=" + SECONDS, found, corpus);
    fuzz(target, "-merge=1", corpus, found);
  }

  /** In a process of its own: the agent that watches it, and what it may do to it, stay there. */
  private static void fuzz(Class<?> target, Object... options) {
    List<Object> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java"));
    command.add("-Xmx1g");
    command.add("-XX:+EnableDynamicAgentLoading");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + target.getName());
    command.add("--instrumentation_includes=dev.penstock.nbd.**");
    command.add("--instrumentation_excludes=dev.penstock.nbd.fuzz.**");
    command.add("--custom_hook_includes=dev.penstock.nbd.**"); // not Netty: it breaks on them
    command.add("--reproducer_path=" + FOUND);
    command.add("-max_len=" + INPUT_BYTES_MAX);
    command.add("-timeout=20"); // seconds for one input
    command.add("-artifact_prefix=" + FOUND + "/");
    command.addAll(List.of(options));

    Peer.Result result = Peer.call(LIMIT, command.toArray());

    assertThat(result.exit()).as(result.text()).isZero();
  }

  private static Path empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) Files.delete(file);
    }
    return folder;
  }
}
