package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.config.AdminConfig;
import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What changes things: edits, archives, the audit log, and routes that come and go. */
class ChangesTest {
  private static final String SHA256 = "ab".repeat(32);

  @TempDir Path folder;

  private final FakeSubjects gateway = new FakeSubjects();

  private List<JsonObject> audit() throws IOException {
    Path file = folder.resolve("audit.log");
    if (!Files.exists(file)) return List.of();
    return Files.readAllLines(file).stream().map(JsonObject::new).toList();
  }

  @Test
  void everyChangeIsInTheAuditLogBeforeItIsAnswered() throws IOException {
    try (var admin = new TestAdmin(folder, gateway)) {
      admin.withBody("PUT", "/v1/volumes/demo", "{\"size_bytes\": 1024}");

      assertThat(audit()).hasSize(1);
      JsonObject entry = audit().getFirst();
      assertThat(entry.getString("caller")).isEqualTo("ada");
      assertThat(entry.getString("route")).isEqualTo("PUT /v1/volumes/{volume}");
      assertThat(entry.getJsonObject("parameters").getString("volume")).isEqualTo("demo");
      assertThat(entry.getJsonObject("body").getInteger("size_bytes")).isEqualTo(1024);
      assertThat(entry.getString("outcome")).isEqualTo("done");
    }
  }

  @Test
  void whoWasDeniedAChangeIsInTheAuditLogAndWhoLookedIsNot() throws IOException {
    try (var admin = new TestAdmin(folder, gateway)) {
      admin.call("GET", "/v1/volumes");
      admin.as(TestAdmin.READER, "DELETE", "/v1/volumes/demo");
      admin.as("", "DELETE", "/v1/volumes/demo");

      assertThat(audit()).extracting(entry -> entry.getString("outcome")).containsExactly("denied");
    }
  }

  @Test
  void secretsAreInNoLog() throws IOException {
    try (var admin = new TestAdmin(folder, gateway)) {
      admin.withBody("PUT", "/v1/tokens/ci", "{\"role\":\"reader\",\"secret\":\"hunter2\"}");
      admin.withBody("PUT", "/v1/tokens/ci", "{\"role\":\"reader\"}");

      assertThat(Files.readString(folder.resolve("audit.log")))
          .doesNotContain("hunter2")
          .doesNotContain("pst_made-up")
          .doesNotContain(TestAdmin.ADMIN);
    }
  }

  @Test
  @ExtendWith(VertxExtension.class)
  void theAuditFileIsForItsOwnerAloneAndGivesWayWhenItIsFull(Vertx vertx) throws IOException {
    var log = new AuditLog(vertx, folder, "audit.log", 200);
    for (int i = 0; i < 30; i++)
      TestAdmin.await(log.write(new JsonObject().put("n", i).put("text", "x".repeat(50))));

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(AuditLog.FILES_MAX);
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("audit.log"))))
        .isEqualTo("rw-------");
    assertThat(Files.readString(folder.resolve("audit.log"))).contains("\"n\":29");
  }

  @Test
  void anEditOfWhatChangedMeanwhileIsRefused() {
    try (var admin = new TestAdmin(folder, gateway)) {
      admin.withBody("PUT", "/v1/volumes/demo", "{\"size_bytes\": \"1MiB\"}");
      String etag = admin.call("GET", "/v1/volumes/demo").header("ETag").orElseThrow();
      admin.withBody("PATCH", "/v1/volumes/demo", "{\"size_bytes\": \"2MiB\"}");

      var stale = admin.call("DELETE", "/v1/volumes/demo", "If-Match: " + etag);
      assertThat(stale.status()).isEqualTo(412);
      String now = admin.call("GET", "/v1/volumes/demo").header("ETag").orElseThrow();
      assertThat(admin.call("DELETE", "/v1/volumes/demo", "If-Match: \"x\", " + now).status())
          .isEqualTo(204);
    }
  }

  @Test
  void aFieldThatNobodyKnowsNamesTheOneThatWasMeant() {
    try (var admin = new TestAdmin(folder, gateway)) {
      var answer = admin.withBody("PUT", "/v1/volumes/demo", "{\"size_byte\": 1}");

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.detail()).contains("did you mean size_bytes?");
    }
  }

  private static String archive(String query, int bytes, String token) {
    return """
    PUT /v1/plugins/memory%s HTTP/1.1\r
    Host: localhost\r
    Authorization: Bearer %s\r
    Content-Type: application/zip\r
    Content-Length: %d\r
    \r
    """
        .formatted(query, token, bytes);
  }

  @Test
  void anArchiveArrivesWholeAndLeavesNoFileBehind() throws IOException {
    try (var admin = new TestAdmin(folder, gateway);
        var caller = admin.raw()) {
      caller.send(archive("?sha256=" + SHA256, 3_000_000, TestAdmin.ADMIN));
      for (int i = 0; i < 3; i++) caller.send("z".repeat(1_000_000));

      assertThat(caller.readUntil("}\n")).startsWith("HTTP/1.1 201 ");
      assertThat(gateway.installed).hasSize(3_000_000);
      assertThat(gateway.asked).containsExactly("install " + SHA256);
      assertNothingArrives();
    }
  }

  @Test
  void aCallerWhoLeavesInTheMiddleOfAnArchiveLeavesNothingBehind() {
    try (var admin = new TestAdmin(folder, gateway)) {
      try (var caller = admin.raw()) {
        caller.send(archive("?sha256=" + SHA256, 3_000_000, TestAdmin.ADMIN) + "half");
        await().until(() -> arriving().size() == 1);
      }
      await().untilAsserted(this::assertNothingArrives);
      try (var next = admin.raw()) {
        next.send(archive("?sha256=" + SHA256, 1, TestAdmin.ADMIN) + "z");
        assertThat(next.readUntil("}\n")).startsWith("HTTP/1.1 201 ");
      }
    }
  }

  @Test
  void anArchiveIsRefusedWithoutItsSumFromOthersThanAdminsAndIfItIsTooLarge() {
    try (var admin = new TestAdmin(folder, gateway)) {
      assertThat(sent(admin, archive("", 9, TestAdmin.ADMIN))).startsWith("HTTP/1.1 400 ");
      assertThat(sent(admin, archive("?sha256=" + SHA256, 9, TestAdmin.OPERATOR)))
          .startsWith("HTTP/1.1 403 ");
      assertThat(sent(admin, archive("?sha256=" + SHA256, 1 << 30, TestAdmin.ADMIN)))
          .startsWith("HTTP/1.1 413 ");
      assertThat(gateway.asked).isEmpty();
    }
  }

  private static String sent(TestAdmin admin, String request) {
    try (var caller = admin.raw()) {
      return caller.send(request).readUntil("}\n");
    }
  }

  @Test
  void noArchiveIsTakenUnlessTheOperatorSaidSo() {
    var config = TestAdmin.config(folder, AdminLimits.DEFAULTS);
    var off =
        new AdminConfig(
            config.socket(), config.listen(), List.of(), config.tls(), false, config.limits());
    try (var admin = new TestAdmin(off, folder, gateway)) {
      assertThat(sent(admin, archive("?sha256=" + SHA256, 9, TestAdmin.ADMIN)))
          .startsWith("HTTP/1.1 403 ")
          .contains("admin.plugin_install");
    }
  }

  private List<Path> arriving() throws IOException {
    Path arriving = folder.resolve("arriving");
    if (!Files.exists(arriving)) return List.of();
    try (Stream<Path> files = Files.list(arriving)) {
      return files.toList();
    }
  }

  private void assertNothingArrives() throws IOException {
    assertThat(arriving()).isEmpty();
  }

  @Test
  void aModulesRoutesRunOnItsContextAndGoWithIt() {
    try (var admin = new TestAdmin(folder, gateway)) {
      Context own = admin.vertx.getOrCreateContext();
      var ranOn = new AtomicReference<Context>();
      var route =
          new Route(
              Route.Method.GET,
              "/v1/exports/{export}",
              Role.READER,
              call -> {
                ranOn.set(Objects.requireNonNull(Vertx.currentContext()));
                return Future.succeededFuture(
                    Reply.ok(new JsonObject().put("name", call.path("export"))));
              });
      ModuleRoutes routes = admin.server.routesOf("nbd");
      mount(own, routes, route);

      assertThat(admin.call("GET", "/v1/exports/a%2Fb%20c").json().getString("name"))
          .isEqualTo("a/b c");
      assertThat(ranOn.get()).isSameAs(own);
      assertThat(admin.call("GET", "/v1/openapi/nbd").body()).isEqualTo("openapi: 3.1.0");

      routes.unmount();
      assertThat(admin.call("GET", "/v1/exports/a").status()).isEqualTo(404);
      assertThat(admin.call("GET", "/v1/openapi/nbd").status()).isEqualTo(404);
    }
  }

  @Test
  void aPathThatSomebodyHasIsNobodyElses() {
    try (var admin = new TestAdmin(folder, gateway)) {
      Context own = admin.vertx.getOrCreateContext();
      var taken =
          new Route(
              Route.Method.POST,
              "/v1/volumes/{name}",
              Role.READER,
              _ -> Future.succeededFuture(Reply.done()));

      assertThatThrownBy(() -> mount(own, admin.server.routesOf("evil"), taken))
          .hasRootCauseInstanceOf(GatewayError.Conflict.class)
          .hasStackTraceContaining("is served by gateway already");
      assertThat(admin.call("POST", "/v1/volumes/a").status()).isEqualTo(405);
    }
  }

  private static void mount(Context context, ModuleRoutes routes, Route route) {
    Promise<String> mounted = Promise.promise();
    context.runOnContext(_ -> {
      try {
        routes.mount(List.of(route), "openapi: 3.1.0");
        mounted.complete("mounted");
      } catch (RuntimeException e) {
        mounted.fail(e);
      }
    });
    TestAdmin.await(mounted.future());
  }

  @Test
  void healthSaysWhatIsUnwellToAnybodyAndWhyToReadersOnly() {
    try (var admin = new TestAdmin(folder, gateway)) {
      gateway.checks = List.of(new Subjects.Check("module nbd", false, "port 10809 is taken"));

      var ready = admin.as("", "GET", "/health/ready");
      assertThat(ready.status()).isEqualTo(503);
      assertThat(ready.body()).contains("module nbd").doesNotContain("10809");
      assertThat(admin.as(TestAdmin.READER, "GET", "/v1/gateway").body()).contains("10809");
    }
  }

  @Test
  void latencyIsCountedByRouteAndNotByPath() {
    try (var admin = new TestAdmin(folder, gateway)) {
      admin.call("GET", "/v1/volumes/a");
      admin.call("GET", "/v1/volumes/b");

      assertThat(
              admin.metrics.timed(
                  "admin_request",
                  "route",
                  "/v1/volumes/{volume}",
                  "method",
                  "GET",
                  "status",
                  "4xx"))
          .isEqualTo(2);
    }
  }
}
