package dev.penstock.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs are talked to, bounded, and never outlive their module. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OwnedChildrenTest {
  private static final Duration GRACE = Duration.ofMillis(200);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", "/usr/bin:/bin", "HOME", "/", "SECRET", "s3cret", "SSH_AUTH_SOCK", "/agent");

  private final Vertx vertx = Vertx.vertx();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private volatile Consumer<Thread> starter = Thread::start;
  private final OwnedChildren children =
      new OwnedChildren(vertx, "module test", GRACE, ENVIRONMENT, this::begin);

  private void begin(Thread thread) {
    threads.add(thread);
    starter.accept(thread);
  }

  private void awaitThatNoThreadIsLeft() {
    await().until(() -> threads.stream().noneMatch(Thread::isAlive));
  }

  @AfterEach
  void close() throws Exception {
    done(children.killAll());
    done(vertx.close());
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static Throwable failure(Future<?> future) throws Exception {
    try {
      done(future);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it did not fail");
  }

  private Child start(String... command) throws Exception {
    return done(children.start(List.of(command)));
  }

  private Child shell(String script) throws Exception {
    return start("sh", "-c", script);
  }

  /** All that it writes. */
  private static Future<Buffer> all(Child child) {
    Buffer all = Buffer.buffer();
    var ended = Promise.<Buffer>promise();
    child.stdout().endHandler(_ -> ended.complete(all));
    child.stdout().handler(all::appendBuffer);
    return ended.future();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) bytes[i] = (byte) (i * 31 + i / 251);
    return bytes;
  }

  @Test
  void whatGoesInComesOutAndEndsWithIt() throws Exception {
    Child cat = start("cat");
    Future<Buffer> back = all(cat);
    byte[] sent = bytes(3 << 20);
    for (int at = 0; at < sent.length; at += 1 << 16)
      cat.stdin().write(Buffer.buffer(sent).slice(at, at + (1 << 16)));
    done(cat.stdin().end());

    assertThat(done(back).getBytes()).isEqualTo(sent);
    assertThat(done(cat.exited()).code()).isZero();
  }

  @Test
  void pipesBetweenTwoChildrenWithBackPressure() throws Exception {
    Child first = shell("head -c 5000000 /dev/zero");
    Child second = shell("wc -c");
    Future<Buffer> counted = all(second);

    done(first.stdout().pipeTo(second.stdin()));

    assertThat(done(counted).toString().strip()).isEqualTo("5000000");
  }

  @Test
  void noShellSeesTheArgumentsAndNobodySeesOurEnvironment() throws Exception {
    assertThat(done(all(start("printf", "%s", "$HOME; *"))).toString()).isEqualTo("$HOME; *");
    assertThat(done(all(start("env"))).toString().lines())
        .containsExactlyInAnyOrder(
            "PATH=/usr/bin:/bin", "HOME=/", "LANG=C.UTF-8", "SSH_AUTH_SOCK=/agent");
  }

  @Test
  void noDescriptorOfOursIsInherited() throws Exception {
    assertThat(done(all(shell("ls /proc/$$/fd"))).toString().lines())
        .containsExactlyInAnyOrder("0", "1", "2");
  }

  @Test
  void aChildThatNobodyReadsWaitsAndCostsOnePiece() throws Exception {
    Child endless = shell("while :; do printf '%065536d' 0 || exit; done");
    AtomicLong read = new AtomicLong();
    endless.stdout().pause();
    endless.stdout().handler(piece -> read.addAndGet(piece.length()));
    endless.stdout().fetch(3);
    await().until(() -> read.get() > 0);
    await().during(Duration.ofMillis(200)).until(() -> read.get() <= 3L * ChildOutput.PIECE_BYTES);

    endless.stdout().resume();
    await().until(() -> read.get() > 4 << 20);
    endless.kill();
    assertThat(done(endless.exited()).code()).isNotZero();
  }

  @Test
  void whoWritesToOneThatReadsNothingIsAskedToWaitAndToldInTheEnd() throws Exception {
    Child deaf = start("sleep", "1000");
    AtomicBoolean drained = new AtomicBoolean();
    AtomicBoolean broken = new AtomicBoolean();
    deaf.stdin().exceptionHandler(_ -> broken.set(true));
    done(deaf.stdin().write(Buffer.buffer(bytes(64 << 10)))); // as much as a pipe holds
    List<Future<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 100 && !deaf.stdin().writeQueueFull(); i++)
      writes.add(deaf.stdin().write(Buffer.buffer(bytes(64 << 10))));
    deaf.stdin().drainHandler(_ -> drained.set(true));

    assertThat(writes).hasSizeLessThan(20);
    assertThat(deaf.stdin().writeQueueFull()).isTrue();
    deaf.kill();

    assertThat(failure(writes.getLast())).isInstanceOf(GatewayError.Failed.class);
    await().untilTrue(drained);
    await().untilTrue(broken);
    assertThat(failure(deaf.stdin().write(Buffer.buffer("more"))))
        .isInstanceOf(GatewayError.Failed.class);
    assertThat(done(deaf.exited()).code()).isEqualTo(128 + 15);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 42})
  void oneThatEndsAtOnceTellsHowAndItsLastWords(int code) throws Exception {
    Child brief = shell("echo early; echo 'no such host' >&2; exit " + code);
    Future<Buffer> all = all(brief);

    Child.Exit exit = done(brief.exited());

    assertThat(exit.code()).isEqualTo(code);
    assertThat(exit.said()).isEqualTo("no such host");
    assertThat(done(all).toString()).isEqualTo("early\n");
  }

  @Test
  void whatItWroteIsThereForWhoeverAsksAfterItsEnd() throws Exception {
    Child brief = shell("printf all");
    done(brief.exited());

    assertThat(done(all(brief)).toString()).isEqualTo("all");
  }

  @Test
  void lastWordsAreTheLastHoweverManyThereWere() throws Exception {
    Child noisy = shell("i=0; while [ $i -lt 5000 ]; do echo line-$i >&2; i=$((i+1)); done");

    Child.Exit exit = done(noisy.exited());

    assertThat(exit.said()).endsWith("line-4999").hasSizeLessThanOrEqualTo(LastWords.KEPT_BYTES);
  }

  @Test
  void oneThatIgnoresTheRequestToEndIsMadeToAndItsChildrenToo() throws Exception {
    Child stubborn = shell("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done");
    String said = done(firstLine(stubborn));
    ProcessHandle grandchild = ProcessHandle.of(Long.parseLong(said)).orElseThrow();

    stubborn.kill();

    assertThat(done(stubborn.exited()).code()).isEqualTo(128 + 9);
    await().until(() -> !grandchild.isAlive());
  }

  @Test
  void oneWhosePipeHasBrokenIsKilledAndKeepsNoThread() throws Exception {
    Child endless = start("yes");
    done(firstLine(endless));
    endless.stdout().handler(null); // as a pipe does whose other end has gone

    endless.kill();

    assertThat(done(endless.exited()).code()).isEqualTo(128 + 15);
    awaitThatNoThreadIsLeft();
  }

  @Test
  void whoReadsOnGetsWhatAChildWroteBeforeItWasKilled() throws Exception {
    Child child = shell("printf last; exec sleep 1000");
    var first = new AtomicBoolean();
    Buffer all = Buffer.buffer();
    var ended = Promise.<Buffer>promise();
    child.stdout().endHandler(_ -> ended.complete(all));
    child
        .stdout()
        .handler(piece -> {
          all.appendBuffer(piece);
          if (!first.getAndSet(true)) child.kill();
        });

    assertThat(done(ended.future()).toString()).isEqualTo("last");
  }

  @Test
  void theOutputOfOneThatWasKilledEndsForWhoeverHasPausedIt() throws Exception {
    Child endless = start("yes");
    var ended = Promise.<Void>promise();
    done(firstLine(endless));
    endless.stdout().pause();
    endless.stdout().endHandler(_ -> ended.complete());

    endless.kill();

    done(ended.future());
    awaitThatNoThreadIsLeft();
  }

  @Test
  void oneThatHasEndedAndThatNobodyReadKeepsNoThreadOnceAllWereKilled() throws Exception {
    done(shell("printf all").exited());

    done(children.killAll());

    awaitThatNoThreadIsLeft();
  }

  @Test
  void oneThatStartsAfterAllWereKilledIsKilledAndKeepsNoThread() throws Exception {
    CountDownLatch late = new CountDownLatch(1);
    starter =
        thread -> {
          if (thread.getName().endsWith("start"))
            Thread.ofVirtual().start(() -> startAfter(late, thread));
          else thread.start();
        };
    Future<Child> starting = children.start(List.of("sleep", "1000"));

    Future<Void> killed = children.killAll();
    late.countDown();

    assertThat(failure(starting)).isInstanceOf(GatewayError.Unavailable.class);
    done(killed);
    awaitThatNoThreadIsLeft();
  }

  private static void startAfter(CountDownLatch late, Thread thread) {
    try {
      late.await();
      thread.start();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"out", "in", "start"})
  void withoutAThreadThereIsNoChild(String missing) throws Exception {
    starter =
        thread -> {
          if (thread.getName().endsWith(missing))
            throw new OutOfMemoryError("unable to create native thread");
          thread.start();
        };
    for (int i = 0; i < 2 * OwnedChildren.CHILDREN_MAX; i++)
      assertThat(failure(children.start(List.of("sleep", "12345"))))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("no thread");

    awaitThatNoThreadIsLeft();
    assertThat(ProcessHandle.current().children())
        .noneMatch(child -> child.info().commandLine().orElse("").contains("12345"));
    starter = Thread::start;
    assertThat(done(start("true").exited()).code()).isZero();
  }

  private static Future<String> firstLine(Child child) {
    var line = Promise.<String>promise();
    child
        .stdout()
        .handler(piece -> line.tryComplete(piece.toString(StandardCharsets.UTF_8).strip()));
    return line.future();
  }

  @Test
  void nothingRunsOnceAllWereKilledAndNothingIsStarted() throws Exception {
    Child one = start("sleep", "1000");
    Child other = shell("trap '' TERM; echo on; while :; do sleep 1; done");
    done(firstLine(other));

    done(children.killAll());

    assertThat(done(one.exited()).code()).isEqualTo(128 + 15);
    assertThat(done(other.exited()).code()).isEqualTo(128 + 9);
    assertThat(failure(children.start(List.of("true")))).hasMessageContaining("module test");
  }

  @Test
  void thereAreSoManyAndNoMore() throws Exception {
    List<Child> all = new ArrayList<>();
    for (int i = 0; i < OwnedChildren.CHILDREN_MAX; i++) all.add(start("sleep", "1000"));

    assertThat(failure(children.start(List.of("true"))))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("64");

    all.getFirst().kill();
    done(all.getFirst().exited());
    await().ignoreExceptions().until(() -> done(children.start(List.of("true"))).exited() != null);
  }

  @Test
  void whatCannotBeStartedSaysWhy() throws Exception {
    assertThat(failure(children.start(List.of("/no/such/program"))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining("/no/such/program");
    assertThat(failure(children.start(List.of()))).isInstanceOf(GatewayError.Invalid.class);
    assertThat(failure(children.start(List.of("a\0b")))).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void handlersComeOnTheContextOfWhoStartedIt() throws Exception {
    var seen = Promise.<Boolean>promise();
    var context = vertx.getOrCreateContext();
    context.runOnContext(_ ->
        children
            .start(List.of("echo", "on"))
            .onSuccess(child ->
                child
                    .stdout()
                    .handler(_ -> seen.tryComplete(context.equals(Vertx.currentContext())))));

    assertThat(done(seen.future())).isTrue();
  }
}
