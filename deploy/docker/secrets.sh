#!/bin/sh
# Makes what compose.yaml needs and is not there yet: secrets, and .env from example.env.
# Changes nothing that is there; remove a file to get a new one.
#
#   sh secrets.sh                     asks for awork's API key
#   sh secrets.sh < file-with-the-key
set -eu
cd "${1:-$(dirname "$0")}"

# Nobody else on this machine gets into the outer folder. In a container each service sees its own
# inner one, as a user that owns nothing: so what is in there can be read.
umask 022
mkdir -p secrets/hookwork secrets/redis secrets/grafana
chmod 700 secrets

random() {
    head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

# keep FILE: what comes in, unless the file is there.
keep() {
    if [ -e "secrets/$1" ]; then
        cat > /dev/null
    else
        cat > "secrets/.new"
        chmod 444 "secrets/.new"
        mv "secrets/.new" "secrets/$1"
        echo "made secrets/$1"
    fi
}

api_key() {
    if [ -t 0 ]; then
        printf "awork's API key (Settings, Integrations, API keys): " >&2
        trap 'stty echo; exit 1' INT TERM
        stty -echo
        read -r key || true
        stty echo
        echo >&2
    else
        read -r key || true
    fi
    if [ -z "$key" ]; then
        echo "no API key: give it when asked, or sh secrets.sh < file-with-the-key" >&2
        exit 1
    fi
    printf %s "$key"
}

random | keep hookwork/AWORK_WEBHOOK_SECRET
random | keep hookwork/HOOKWORK_CONSOLE_PASSWORD
random | keep grafana/ADMIN_PASSWORD
if [ ! -e secrets/hookwork/REDIS_URL ]; then
    password=$(random)
    rm -f secrets/redis/users.acl
    printf 'user default on >%s ~* &* +@all\nuser health on nopass resetkeys resetchannels -@all +ping\n' \
        "$password" | keep redis/users.acl
    printf 'redis://:%s@redis:6379/0' "$password" | keep hookwork/REDIS_URL
elif [ ! -e secrets/redis/users.acl ]; then
    echo "secrets/redis/users.acl is missing: remove secrets/hookwork/REDIS_URL, too, for a new pair" >&2
    exit 1
fi
if [ ! -e .env ]; then
    cp example.env .env
    chmod 600 .env
    echo "made .env"
fi
if [ ! -e secrets/hookwork/AWORK_API_TOKEN ]; then
    key=$(api_key)
    printf %s "$key" | keep hookwork/AWORK_API_TOKEN
fi
