# The next version of the nginx image: the same layers and one more.
FROM localhost/nginx
COPY index.html /var/www/html/index.html
