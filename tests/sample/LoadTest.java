import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.apache.jmeter.control.LoopController;
import org.apache.jmeter.engine.StandardJMeterEngine;
import org.apache.jmeter.protocol.http.sampler.HTTPSamplerProxy;
import org.apache.jmeter.reporters.ResultCollector;
import org.apache.jmeter.reporters.Summariser;
import org.apache.jmeter.testelement.TestPlan;
import org.apache.jmeter.threads.ThreadGroup;
import org.apache.jmeter.util.JMeterUtils;
import org.apache.jorphan.collections.HashTree;
import org.apache.jorphan.collections.ListedHashTree;
import org.apache.jorphan.logging.LoggingManager;

/**
 * The sample load test, built on JMeter's own engine: a new group of users joins every STEP seconds.
 *
 * <p>Arguments: JMETER_HOME PORT OUT.csv STEP_SECS GROUP [GROUP ...], where each GROUP is the number of users that join.
 */
public final class LoadTest {
    public static void main(String[] args) throws Exception {
        File home = new File(args[0]);
        JMeterUtils.setJMeterHome(home.getPath());
        JMeterUtils.loadJMeterProperties(new File(home, "bin/jmeter.properties").getPath());
        LoggingManager.initializeLogging(JMeterUtils.getJMeterProperties());
        LoggingManager.setPriority("WARN");
        JMeterUtils.initLocale();
        String[][] save = {
            {"output_format", "csv"}, {"print_field_names", "true"}, {"timestamp_format", "ms"}, {"thread_name", "true"},
            {"thread_counts", "true"}, {"assertion_results_failure_message", "true"}, {"bytes", "true"}, {"url", "true"},
            {"hostname", "false"}, {"idle_time", "true"}, {"latency", "true"}, {"successful", "true"}, {"label", "true"},
            {"response_code", "true"}, {"response_message", "true"}, {"data_type", "true"},
        };
        for (String[] pair : save) {
            JMeterUtils.setProperty("jmeter.save.saveservice." + pair[0], pair[1]);
        }
        JMeterUtils.setProperty("sampleresult.timestamp.start", "true");
        int port = Integer.parseInt(args[1]);
        int step = Integer.parseInt(args[3]);
        int groups = args.length - 4;
        HashTree tree = new ListedHashTree();
        TestPlan plan = new TestPlan("Checkout");
        HashTree inPlan = tree.add(plan);
        for (int i = 0; i < groups; i++) {
            LoopController loop = new LoopController();
            loop.setContinueForever(true);
            loop.setLoops(-1);
            loop.initialize();
            ThreadGroup group = new ThreadGroup();
            group.setName("Shoppers " + (i + 1));
            group.setNumThreads(Integer.parseInt(args[4 + i]));
            group.setRampUp(1);
            group.setScheduler(true);
            group.setDelay((long) step * i);
            group.setDuration((long) step * (groups - i));
            group.setSamplerController(loop);
            HashTree inGroup = inPlan.add(group);
            inGroup.add(sampler("GET /api/cart", "GET", "/api/cart", port));
            inGroup.add(sampler("GET /shop/product", "GET", "/shop/product?id=7", port));
            inGroup.add(sampler("POST /api/checkout", "POST", "/api/checkout", port));
        }
        ResultCollector out = new ResultCollector(new Summariser("summary"));
        out.setFilename(args[2]);
        inPlan.add(out);
        StandardJMeterEngine engine = new StandardJMeterEngine();
        engine.configure(tree);
        engine.run();
        System.exit(0);
    }

    private static HTTPSamplerProxy sampler(String name, String method, String path, int port) {
        HTTPSamplerProxy sampler = new HTTPSamplerProxy("HttpClient4");
        sampler.setName(name);
        sampler.setProtocol("http");
        sampler.setDomain("127.0.0.1");
        sampler.setPort(port);
        sampler.setPath(path);
        sampler.setMethod(method);
        sampler.setUseKeepAlive(true);
        sampler.setFollowRedirects(true);
        return sampler;
    }
}
