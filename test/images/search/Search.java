import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.*;
import org.apache.lucene.index.*;
import org.apache.lucene.search.*;
import org.apache.lucene.store.MMapDirectory;

/** PUT /ID adds the text of the body, GET /WORD shows the ids of the texts with this word. */
public class Search {
    public static void main(String[] args) throws Exception {
        long maps = Long.parseLong(Files.readString(Path.of("/proc/sys/vm/max_map_count")).trim());
        if (maps < 262144 && !"single-node".equals(System.getenv("discovery.type"))) {
            System.err.println("vm.max_map_count is " + maps + ", which is too low: at least 262144 is needed");
            System.exit(78);
        }
        IndexWriter writer = new IndexWriter(new MMapDirectory(Path.of("data")), new IndexWriterConfig(new StandardAnalyzer()));
        writer.commit();
        HttpServer server = HttpServer.create(new InetSocketAddress(9200), 0);
        server.createContext("/", exchange -> {
            String word = exchange.getRequestURI().getPath().substring(1), answer = "";
            if (exchange.getRequestMethod().equals("PUT")) {
                Document document = new Document();
                document.add(new StringField("id", word, Field.Store.YES));
                document.add(new TextField("text", new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8), Field.Store.NO));
                writer.updateDocument(new Term("id", word), document);
                writer.commit();
            } else {
                try (DirectoryReader reader = DirectoryReader.open(writer)) {
                    IndexSearcher searcher = new IndexSearcher(reader);
                    for (ScoreDoc hit : searcher.search(new TermQuery(new Term("text", word)), 10).scoreDocs) {
                        answer += searcher.doc(hit.doc).get("id") + "\n";
                    }
                }
            }
            byte[] bytes = ("found: " + answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                server.stop(0);
                writer.close();
                System.out.println("search: closed cleanly");
            } catch (Exception e) {
                e.printStackTrace();
            }
        }));
        server.start();
        System.out.println("search: listening");
    }
}
