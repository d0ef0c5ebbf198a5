<%@ page contentType="text/plain" %>jvm <%= System.getProperty("java.specification.version") %>, at most <%= Runtime.getRuntime().maxMemory() >> 20 %> MiB
