package dev.penstock.gateway.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.Subjects;
import dev.penstock.gateway.admin.TestAdmin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What operators type, what they read, and what their scripts see. */
@SuppressWarnings({"NullAway.Init", "StringConcatToTextBlock"}) // made before each test; lines
class CliTest {
  @TempDir Path folder;

  private final FakeSubjects gateway = new FakeSubjects();
  private TestAdmin admin;

  /** How a command ended. */
  private record Ended(ExitCode exit, String out, String err) {}

  private static final class FakeDaemon implements Daemon {
    final List<String> asked = new ArrayList<>();

    @Override
    public ExitCode run(Path config) {
      asked.add("run " + config);
      return ExitCode.NOT_CLEAN;
    }

    @Override
    public ExitCode receive(Path config, String volume) {
      asked.add("receive %s %s".formatted(config, volume));
      return ExitCode.FAILED;
    }

    @Override
    public ExitCode check(Path config) {
      asked.add("check " + config);
      return ExitCode.CONFIGURATION;
    }
  }

  private final FakeDaemon daemon = new FakeDaemon();

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, gateway);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private Ended type(String... arguments) {
    return type(Map.of("PENSTOCK_SOCKET", admin.socket().toString()), false, "", arguments);
  }

  private Ended answering(String answer, String... arguments) {
    return type(Map.of("PENSTOCK_SOCKET", admin.socket().toString()), true, answer, arguments);
  }

  private Ended type(
      Map<String, String> environment, boolean interactive, String answer, String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var terminal =
        new Terminal(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            interactive,
            () -> answer.isEmpty() ? Optional.empty() : Optional.of(answer));
    ExitCode exit = Cli.execute(terminal, environment, daemon, arguments);
    return new Ended(exit, out.toString(), err.toString());
  }

  @Test
  void receiveIsTheGatewayUntilAVolumeHasCome() {
    Ended ended = type("receive", "vm", "penstock.yaml");

    assertThat(daemon.asked).containsExactly("receive penstock.yaml vm");
    assertThat(ended.exit()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void statusSaysWhatRuns() {
    type("volume", "create", "demo", "1GiB");

    Ended status = type("status");

    assertThat(status.exit()).isEqualTo(ExitCode.DONE);
    assertThat(status.out())
        .contains("here, penstock 1.0.0, up 1h 2m")
        .contains("unix:" + admin.socket())
        .contains("MODULE  KIND  PLUGIN  STATE    REASON")
        .contains("nbd     nbd   nbd     running  -")
        .contains("demo    disk   1GiB    4KiB  idle   false    -");
  }

  @Test
  void statusEndsWithFailureIfSomethingIsUnwell() {
    gateway.checks = List.of(new Subjects.Check("module nbd", false, "port 10809 is taken"));

    Ended status = type("status");

    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.err())
        .isEqualTo("penstock: not all is well: module nbd: port 10809 is taken\n");
  }

  @Test
  void aVolumesLifeFromCreateToDelete() {
    assertThat(type("volume", "create", "demo", "512MiB").out())
        .isEqualTo("created demo: 512MiB in store disk\n");
    assertThat(type("volume", "resize", "demo", "1GiB").out()).isEqualTo("demo is 1GiB now\n");
    assertThat(type("volume", "show", "demo").out()).contains("size_bytes    1GiB");
    assertThat(type("volume", "freeze", "demo", "--limit", "5s").out()).contains("demo is frozen");
    assertThat(type("volume", "thaw", "demo").out()).isEqualTo("demo takes writes again\n");
    assertThat(type("volume", "delete", "demo", "--yes").out()).isEqualTo("deleted demo\n");
    assertThat(type("volume", "list").out()).isEqualTo("none\n");
    assertThat(gateway.asked).containsExactly("freeze demo PT5S", "thaw demo");
  }

  @Test
  void whatCannotBeUndoneIsAskedFor() {
    type("volume", "create", "demo", "1GiB");

    assertThat(answering("n", "volume", "delete", "demo").err()).contains("left as it was");
    assertThat(type("volume", "list").out()).contains("demo");
    assertThat(answering("y", "volume", "delete", "demo").exit()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void withNobodyToAskNothingIsDestroyed() {
    type("volume", "create", "demo", "1GiB");

    for (String[] command :
        new String[][] {
          {"volume", "delete", "demo"},
          {"volume", "resize", "demo", "1MiB"},
          {"module", "stop", "nbd"},
          {"plugin", "remove", "volumes"},
          {"token", "revoke", "ci"},
          {"task", "cancel", FakeSubjects.TASK.toString()}
        }) {
      Ended refused = type(command);
      assertThat(refused.exit()).as(String.join(" ", command)).isEqualTo(ExitCode.USAGE);
      assertThat(refused.err()).contains("--yes");
    }
    assertThat(gateway.asked).isEmpty();
    assertThat(type("volume", "show", "demo").out()).contains("1GiB");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          volume show none            | NOT_FOUND     | no store has a volume none
          volume create demo 1XB      | USAGE         | is no size
          volume create a/b 1GiB      | USAGE         | is no name for a volume
          volume lst                  | USAGE         | list
          volum list                  | USAGE         | volume
          volume list --jsn           | USAGE         | --json
          volume                      | USAGE         | penstock volume --help
          module restart nbd --yes    | FAILED        | the port is taken
          plugin load volumes         | FAILED        | it bundles the SPI
          export list                 | FAILED        | there is no /v1/exports
          token revoke nobody --yes   | NOT_FOUND     | there is no token nobody
          token create ci --role boss | USAGE         | there are reader, operator and admin
          check some.yaml             | CONFIGURATION | ''
          run some.yaml               | NOT_CLEAN     | ''
          run                         | USAGE         | penstock run CONFIG
          run --json some.yaml        | NOT_CLEAN     | ''
          run some.yaml more.yaml     | USAGE         | more.yaml
          run --nonsense              | USAGE         | --nonsense
          """)
  void endsAsTheManualSays(String line, ExitCode exit, String told) {
    Ended ended = type(line.strip().split(" +", -1));

    assertThat(ended.exit()).isEqualTo(exit);
    assertThat(ended.err()).contains(told).doesNotContain("Exception").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandThatIsLookedAtAloneHasTheSameHelp(String command) {
    var nowhere = new PrintWriter(Writer.nullWriter());
    var nobody = new Terminal(nowhere, nowhere, false, Optional::empty);
    var all = Cli.commandLine(nobody, Map.of(), daemon, Penstock.COMMANDS);

    assertThat(type(command, "--help").out())
        .startsWith("Usage: penstock " + command)
        .isEqualTo(requireNonNull(all.getSubcommands().get(command)).getUsageMessage());
  }

  static Set<String> commands() {
    return Penstock.COMMANDS.keySet();
  }

  @Test
  void aNameInUseIsAConflict() {
    type("volume", "create", "demo", "1GiB");

    Ended again = type("volume", "create", "demo", "1GiB");
    assertThat(again.exit()).isEqualTo(ExitCode.CONFLICT);
    assertThat(again.err()).isEqualTo("penstock: there is a volume demo already\n");
  }

  @Test
  void jsonIsWhatTheGatewayAnswers() throws IOException {
    type("volume", "create", "demo", "1GiB");

    JsonNode volumes = AdminClient.JSON.readTree(type("volume", "list", "--json").out());
    assertThat(volumes.at("/volumes/0/size_bytes").asLong()).isEqualTo(1L << 30);
    JsonNode status = AdminClient.JSON.readTree(type("--json", "status").out());
    assertThat(status.at("/gateway/ready").asBoolean()).isTrue();
  }

  @Test
  void overTcpItNeedsItsToken() throws IOException {
    String url = "http://127.0.0.1:" + admin.port();
    Path file = Files.writeString(folder.resolve("token"), TestAdmin.ADMIN + "\n");

    Ended without = type(Map.of("PENSTOCK_URL", url), false, "", "volume", "list");
    assertThat(without.exit()).isEqualTo(ExitCode.DENIED);
    assertThat(without.err()).contains("wants a token");
    assertThat(
            type(Map.of(), false, "", "--url", url, "--token-file", file.toString(), "status")
                .exit())
        .isEqualTo(ExitCode.DONE);
    assertThat(
            type(
                    Map.of("PENSTOCK_URL", url, "PENSTOCK_TOKEN", TestAdmin.ADMIN),
                    false,
                    "",
                    "status")
                .exit())
        .isEqualTo(ExitCode.DONE);
  }

  @Test
  void aGatewayThatDoesNotRunIsSaidToBeSoWithWhatToDo() {
    Ended ended = type("--socket", folder.resolve("none.sock").toString(), "status");

    assertThat(ended.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ended.err()).contains("none.sock").contains("penstock run CONFIG");
    Ended tcp = type("--url", "http://127.0.0.1:1", "status");
    assertThat(tcp.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(tcp.err()).contains("admin.listen");
  }

  @Test
  void theSecretOfATokenIsAllThatIsWritten() {
    assertThat(type("token", "create", "ci", "--role", "operator").out())
        .isEqualTo("pst_made-up\n");
    assertThat(type("token", "list").out()).contains("ci     operator");
  }

  @Test
  void anArchiveIsSentWithItsSum() throws IOException {
    Path archive = folder.resolve("memory.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      zip.putNextEntry(new ZipEntry("plugin.properties"));
      zip.write("plugin.id=memory\n".getBytes(StandardCharsets.UTF_8));
    }

    Ended installed = type("plugin", "install", archive.toString());
    assertThat(installed.out()).isEqualTo("plugin memory 1.0.0: loaded\n");
    assertThat(gateway.asked.getFirst()).matches("install [0-9a-f]{64}");
    assertThat(type("plugin", "install", archive.toString(), "--sha256", "00").exit())
        .isEqualTo(ExitCode.CONFLICT);
    assertThat(type("plugin", "install", folder.resolve("no.zip").toString()).exit())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void eventsBeginWithWhatIsRemembered() {
    admin.events.publish("nbd");
    admin.events.publish("other");

    assertThat(type("events", "--all", "--count", "2").out())
        .isEqualTo(
            "1970-01-01T00:00:00Z  module-started  nbd\n"
                + "1970-01-01T00:00:00Z  module-started  other\n");
  }

  @Test
  void configProblemsAreToldWithTheirLines() {
    assertThat(type("config", "check").out()).isEqualTo("nothing is wrong with it\n");
    gateway.problems = List.of("keep_lsat is no key of prune; did you mean keep_last?");

    Ended checked = type("config", "check");
    assertThat(checked.exit()).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(checked.out())
        .isEqualTo("gateway.yaml:3: keep_lsat is no key of prune; did you mean keep_last?\n");
    assertThat(type("config", "reload").exit()).isEqualTo(ExitCode.CONFIGURATION);
  }

  @Test
  void aReloadSaysWhatIsInForceAndWhatWaits() {
    assertThat(type("config", "reload").out())
        .isEqualTo(
            "applied: module nbd: reconfigured\n"
                + "waits for a restart of the gateway: admin: changed\n");
  }

  @Test
  void aTaskThatEndedIsWatchedToItsOutcome() {
    Ended watched = type("task", "watch", FakeSubjects.TASK.toString());

    assertThat(watched.exit()).isEqualTo(ExitCode.DONE);
    assertThat(watched.out()).isEqualTo("settle demo: succeeded, settled\n");
  }

  @Test
  void helpListsEveryExitCode() {
    String help = type("--help").out();

    for (ExitCode exit : ExitCode.values()) assertThat(help).contains(exit.meaning());
    assertThat(type("volume", "create", "--help").out()).contains("--store=STORE");
    assertThat(type("--version").out()).startsWith("penstock ");
    assertThat(type("completion").out()).contains("complete -F");
  }
}
