package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.Main;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.TestAdmin;
import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators type about jobs and peers, and what they read; the module is a stand-in. */
@SuppressWarnings("NullAway.Init") // made before each test
class JobCliTest {
  private static final JsonObject RUN =
      new JsonObject(
          """
          {"guid": "run-1", "job": "offsite", "trigger": "schedule", "outcome": "failed",
           "started_at": "2026-01-02T03:00:00Z", "finished_at": "2026-01-02T03:03:05Z",
           "waiting_for_peer": {"since": "03:00", "until": "03:10", "error": {"error": "no answer"}},
           "attempts": [{"state": "volume_error", "volumes_total": 3, "volumes_done": 1, "bytes_sent": 2097152,
            "volumes": [
             {"name": "vm-2", "state": "step_error", "waits_for": "its_time", "steps_total": 4, "steps_done": 2,
              "bytes_sent": 1048576, "consecutive_errors": 3, "not_before": "2026-01-02T03:09:00Z",
              "error": {"error": "no room", "class": "retry_volume"}},
             {"name": "vm-1", "state": "done", "waits_for": "nothing", "steps_total": 1, "steps_done": 1,
              "bytes_sent": 1048576, "consecutive_errors": 0}]}]}
          """);

  private static final JsonObject JOB =
      new JsonObject(
          """
          {"name": "offsite", "kind": "push", "peer": "server-b", "trigger": "every 15m", "state": "idle",
           "paused": false, "skipped": 2, "bandwidth": 10485760, "due": "2026-01-02T03:15:00Z",
           "last_outcome": "failed", "last_finished_at": "2026-01-02T03:03:05Z"}
          """);

  private static final JsonObject PLAN =
      new JsonObject(
          """
          {"volumes": [
           {"volume": "vm-1", "state": "up_to_date", "newest": "b"},
           {"volume": "vm-2", "state": "steps", "before": ["roll back to @a, and destroy 2 snapshots"],
            "steps": [{"to": "b", "from": "a", "resumed": true}, {"to": "d", "from": "b", "resumed": false}],
            "skipped": ["c1", "c2", "c3", "c4", "c5", "c6"]},
           {"volume": "vm-3", "state": "steps", "before": [], "steps": [{"to": "a", "resumed": false}],
            "skipped": []},
           {"volume": "vm-4", "state": "conflict", "reason": "diverged", "why": "the copy has @x"},
           {"volume": "vm-5", "error": "its store does not answer"},
           {"volume": "vm-6", "state": "steps", "takes_snapshot": true, "before": [], "steps": [],
            "skipped": []}]}
          """);

  private static final JsonObject PEER =
      new JsonObject(
          """
          {"name": "server-b", "certificate": "server-b.example.org", "address": "https://server-b.example.org:7443",
           "may_push": false, "may_pull": true, "comes_in_at": ["tcp://0.0.0.0:7443"]}
          """);

  @TempDir Path folder;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final FakeSubjects gateway = new FakeSubjects();
  private TestAdmin admin;

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, gateway);
    admin.mount(
        "replication",
        List.of(
            look("/v1/jobs", _ -> Reply.items("jobs", List.of(JOB).iterator())),
            look("/v1/jobs/{job}", this::show),
            look("/v1/jobs/{job}/plan", _ -> Reply.ok(PLAN)),
            look("/v1/jobs/{job}/runs", _ -> Reply.items("runs", List.of(RUN).iterator())),
            act(Method.POST, "/v1/jobs/{job}/runs", _ -> Reply.accepted(FakeSubjects.TASK)),
            act(Method.POST, "/v1/jobs/{job}/cancel", _ -> Reply.done()),
            act(Method.POST, "/v1/jobs/{job}/pause", _ -> Reply.done()),
            act(Method.POST, "/v1/jobs/{job}/resume", _ -> Reply.done()),
            act(Method.PUT, "/v1/jobs/{job}/bandwidth", call -> Reply.ok(call.body())),
            act(Method.PUT, "/v1/replication/bandwidth", call -> Reply.ok(call.body())),
            look(
                "/v1/replication/bandwidth",
                _ -> Reply.ok(new JsonObject().put("bytes_per_second", 0))),
            look("/v1/peers", _ -> Reply.items("peers", List.of(PEER).iterator())),
            look("/v1/peers/{peer}", _ -> Reply.ok(PEER)),
            act(Method.POST, "/v1/peers/{peer}/check", _ -> Reply.ok(hello()))));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private interface Answer {
    Reply to(Call call);
  }

  private static Route look(String path, Answer answer) {
    return new Route(
        Method.GET, path, Role.READER, call -> Future.succeededFuture(answer.to(call)));
  }

  private Route act(Method method, String path, Answer answer) {
    return new Route(
        method,
        path,
        Role.OPERATOR,
        call -> {
          asked.add("%s %s".formatted(method, call.path()));
          return Future.succeededFuture(answer.to(call));
        });
  }

  private Reply show(Call call) {
    if (!call.path("job").equals("offsite"))
      throw new GatewayError.NotFound("there is no job " + call.path("job"));
    asked.add("GET " + call.path());
    return Reply.ok(JOB.copy().put("last_run", RUN).put("task", FakeSubjects.TASK.toString()));
  }

  private static JsonObject hello() {
    return new JsonObject()
        .put("gateway", "penstock 1.0.0")
        .put("knows_us_as", "laptop")
        .put("takes_volumes", true)
        .put("gives_volumes", false);
  }

  private Typed type(String line) {
    return Typed.line(admin, line, Optional.empty());
  }

  @Test
  void listsJobsAndShowsOneWithWhatItsVolumesWaitFor() {
    assertThat(type("job list").out())
        .contains(
            "offsite", "push", "server-b", "every 15m", "idle", "2026-01-02T03:15:00Z", "failed");
    assertThat(type("job show offsite").out())
        .isEqualTo(
            """
            job          offsite: sends to server-b
            runs         every 15m
            state        idle, next at 2026-01-02T03:15:00Z
            bandwidth    10MiB/s
            skipped      2 times, since it still ran
            run          run-1, started by schedule
            outcome      failed; 1 of 3 volumes, 2MiB sent in 3m 5s
            peer away    since 03:00, waited for until 03:10: no answer

            VOLUME  STATE        STEPS  SENT  WAITS FOR  ERRORS  NEXT TRY              ERROR
            vm-2    step error  2 of 4  1MiB  its time        3  2026-01-02T03:09:00Z  no room
            vm-1    done        1 of 1  1MiB  -               0  -                     -
            and 1 more
            """);
    assertThat(type("job show nope").exit()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(type("--json job show offsite").out()).contains("\"last_run\" : {");
  }

  @Test
  void plansALineForEachStepAndSaysWhyThereIsNone() {
    assertThat(type("job plan offsite").out())
        .isEqualTo(
            """
            vm-1: up to date: both have @b
            vm-2: first, roll back to @a, and destroy 2 snapshots
            vm-2: send @b, which follows @a, from where it was
            vm-2: send @d, which follows @b
            vm-2: leave out 6 that the receiver would prune at once: @c1, @c2, @c3, @c4, @c5, …
            vm-3: send all of @a
            vm-4: stays as it is (diverged): the copy has @x
            vm-5: cannot be planned: its store does not answer
            vm-6: first, take a snapshot, which is sent at the end
            """);
    assertThat(type("--json job plan offsite").out()).contains("\"reason\" : \"diverged\"");
  }

  @Test
  void runsWithoutWaitingPausesResumesAndCancels() {
    assertThat(type("job run offsite").out())
        .isEqualTo("offsite runs: penstock job show offsite\n");
    assertThat(type("job pause offsite").out()).startsWith("offsite is paused");
    assertThat(type("job resume offsite").out()).isEqualTo("offsite is not paused\n");
    assertThat(type("job cancel offsite").out()).contains("offsite to leave off");
    assertThat(asked)
        .containsExactly(
            "POST /v1/jobs/offsite/runs",
            "POST /v1/jobs/offsite/pause",
            "POST /v1/jobs/offsite/resume",
            "POST /v1/jobs/offsite/cancel");
  }

  @Test
  void aRunThatSucceededEndsWithZero() {
    Typed ended = type("job run offsite --wait");

    assertThat(ended.exit()).as(ended.err()).isEqualTo(ExitCode.DONE);
    assertThat(ended.out()).contains("1 of 3 volumes, 2MiB sent in 3m 5s");
  }

  @Test
  void aRunThatFailedEndsWithOneAndSaysOfWhichVolume() {
    gateway.taskState = TaskStatus.State.FAILED;

    Typed ended = type("job run offsite --wait");

    assertThat(ended.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ended.out()).contains("vm-2", "no room", "offsite: failed;");
    assertThat(type("--json job run offsite --wait").out()).contains("\"guid\" : \"run-1\"");
  }

  @Test
  void whoLeavesWhileItRunsIsToldThatItRunsOn() throws Exception {
    gateway.taskState = TaskStatus.State.RUNNING;
    var command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "job",
            "run",
            "offsite",
            "--wait");
    command.environment().put("PENSTOCK_SOCKET", admin.socket().toString());
    Path said = folder.resolve("said");
    Process process = command.redirectError(said.toFile()).start();
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> asked.contains("GET /v1/jobs/offsite"));
      process.toHandle().destroy(); // as Ctrl-C, which a process in the background may not get
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(Files.readString(said)).contains("offsite runs on", "penstock job cancel offsite");
    assertThat(process.exitValue()).isNotZero();
    assertThat(asked).doesNotContain("POST /v1/jobs/offsite/cancel");
  }

  @Test
  void listsRuns() {
    assertThat(type("job history offsite").out())
        .contains("STARTED BY", "run-1", "schedule", "3m 5s", "failed", "1 of 3 volumes", "2MiB");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          job bandwidth                        | all jobs together: no limit
          job bandwidth offsite                | offsite: 10MiB/s
          job bandwidth offsite --limit 1MiB   | offsite: 1MiB/s
          job bandwidth offsite --limit 0      | offsite: no limit
          job bandwidth --limit 5MiB           | all jobs together: 5MiB/s
          --json job bandwidth --limit 5MiB    | "bytes_per_second" : 5242880
          """)
  void bandwidthIsShownAndChanged(String line, String told) {
    assertThat(type(line.strip()).out()).contains(told);
  }

  @Test
  void aBandwidthThatIsNoneIsRefused() {
    Typed ended = type("job bandwidth offsite --limit fast");

    assertThat(ended.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.err()).contains("\"fast\" is no size");
  }

  @Test
  void peersAreListedAndShownAndAsked() {
    assertThat(type("peer list").out())
        .contains("server-b", "https://server-b.example.org:7443", "tcp://0.0.0.0:7443");
    assertThat(type("peer show server-b").out()).contains("certificate  server-b.example.org");
    assertThat(type("peer check server-b").out())
        .isEqualTo(
            "server-b answers (penstock 1.0.0) and knows us as laptop; it takes volumes from us,"
                + " and gives us none\n");
  }
}
