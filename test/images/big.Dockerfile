# About 1.4 GB in four layers, for measuring time and memory. No test starts it.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends build-essential gdb && rm -rf /var/lib/apt/lists/*
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless && rm -rf /var/lib/apt/lists/*
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends golang-go clang && rm -rf /var/lib/apt/lists/*
