package blackbox;

import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Collection;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

/**
 * Lets an admin client that is closed right after a call finish that call. Its thread takes new calls over, then looks
 * whether the client is being closed, and ends if it knows of no call: a call made and a close between the two end it
 * with "The AdminClient thread has exited", a TimeoutException, whatever the node answers. Tests that write
 * `try (Admin admin = cluster.admin()) { return admin.describe...; }` lose that race on a busy machine.
 */
public final class AdminClose {
    private AdminClose() { }

    static void install() {
        new AgentBuilder.Default().type(named("org.apache.kafka.clients.admin.KafkaAdminClient")).transform((builder, type, loader, module, domain) ->
            builder.visit(Advice.to(AdminClose.class).on(named("close").and(takesArguments(Duration.class)))))
            .installOnByteBuddyAgent();
    }

    @Advice.OnMethodEnter
    public static void enter(@Advice.This Object admin) {
        awaitTaken(admin);
    }

    /** Waits until the client's thread has taken over every call, or has ended. */
    public static void awaitTaken(Object admin) {
        try {
            Thread thread = (Thread) field(admin, "thread");
            Object runnable = field(admin, "runnable");
            Collection<?> calls = (Collection<?>) field(runnable, "newCalls");
            while (thread != Thread.currentThread() && thread.isAlive()) {
                synchronized (runnable) {
                    if (calls.isEmpty()) return;
                }
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the admin client is not the one that this harness knows", e);
        }
    }

    private static Object field(Object owner, String name) throws ReflectiveOperationException {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }
}
